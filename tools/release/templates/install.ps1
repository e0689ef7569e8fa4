# Installs hexuser @VERSION@ for the user who runs it, without administrator rights: one file, into ~\.local\bin or where
# -To says. Everything is checked before anything is put there; run again, it replaces what is there.
param(
  # Where the program is put.
  [string] $To = (Join-Path $HOME '.local\bin')
)

function Install-Hexuser([string] $Directory) {
  $ErrorActionPreference = 'Stop'
  # Its progress makes Windows PowerShell download many times slower.
  $ProgressPreference = 'SilentlyContinue'
  $version = '@VERSION@'
  # HEXUSER_BASE_URL is another address with the same files, a mirror for instance.
  $baseUrl = if ($env:HEXUSER_BASE_URL) { $env:HEXUSER_BASE_URL } else { '@BASE_URL@' }
  # The files of this version, and their sums (SHA-256).
  $sums = @'
@SUMS@
'@

  function Stop-Install([string] $Problem, [string] $Fix) {
    throw "$Problem`nTo fix: $Fix"
  }

  # A process that runs emulated is told by PROCESSOR_ARCHITEW6432 what the machine is.
  $machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
  $arch = switch ($machine) {
    'AMD64' { 'x64' }
    'ARM64' { 'arm64' }
    default { $machine }
  }
  $expected = @{}
  foreach ($line in $sums -split '\r?\n') {
    $sum, $name = $line -split '\s+', 2
    if ($name) { $expected[$name.Trim()] = $sum }
  }
  $folder = "hexuser-$version-win-$arch"
  # Windows on ARM runs programs for x64, too.
  if ($arch -eq 'arm64' -and -not $expected["$folder.zip"]) { $folder = "hexuser-$version-win-x64" }
  $archive = "$folder.zip"
  if (-not $expected[$archive]) {
    Stop-Install "There is no hexuser $version for win-$arch." `
      "install Node 24 or newer, then: npm install --global $baseUrl/hexuser-$version-npm.tgz"
  }

  New-Item -ItemType Directory -Force -Path $Directory | Out-Null
  $Directory = (Resolve-Path -LiteralPath $Directory).ProviderPath
  # Beside the place where the program is put, so that it can be moved there at one stroke.
  $work = Join-Path $Directory ".hexuser-install.$([guid]::NewGuid().ToString('N'))"
  New-Item -ItemType Directory -Path $work | Out-Null
  try {
    Write-Host "Downloading $baseUrl/$archive"
    $file = Join-Path $work $archive
    # Windows PowerShell 5.1 begins with older protocols.
    [Net.ServicePointManager]::SecurityProtocol =
      [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    try {
      Invoke-WebRequest -UseBasicParsing -Uri "$baseUrl/$archive" -OutFile $file
    } catch {
      Stop-Install "$archive could not be downloaded: $($_.Exception.Message)" `
        'check the network, and whether the disk is full.'
    }
    $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $file).Hash
    if ($found -ne $expected[$archive]) {
      Stop-Install "The sum of $archive is not what it should be: it was damaged or replaced on its way." `
        'run this again; if it stays so, tell those who publish hexuser. Nothing was installed.'
    }
    Expand-Archive -LiteralPath $file -DestinationPath $work
    $program = Join-Path (Join-Path $work $folder) 'hexuser.exe'
    $said = & $program --version
    if ($LASTEXITCODE -ne 0) {
      Stop-Install 'The program does not run on this system.' 'tell those who publish hexuser what it said.'
    }
    Move-Item -Force -LiteralPath $program -Destination (Join-Path $Directory 'hexuser.exe')
    Write-Host "$said is installed: $(Join-Path $Directory 'hexuser.exe')"
  } finally {
    Remove-Item -Recurse -Force -LiteralPath $work -ErrorAction SilentlyContinue
  }

  # Where Windows looks for programs is the user's own business: it is said, not changed.
  if (($env:PATH -split ';') -notcontains $Directory) {
    Write-Host "`n$Directory is not in the PATH. To put it there:"
    Write-Host "  [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$Directory', 'User')"
    Write-Host 'then start a new shell.'
  }
}

# On the last line, so that a script which was cut off on its way does nothing.
Install-Hexuser $To
