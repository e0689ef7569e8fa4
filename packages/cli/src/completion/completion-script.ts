import type { Shell } from "@hexuser/core";

/**
 * The script with which a shell completes hexuser's command lines. It asks the hexuser in the PATH, so the candidates
 * match the installed version. It never evaluates typed text.
 */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

const scripts: Readonly<Record<Shell, string>> = {
  // macOS has bash 3.2, so don't use mapfile or compopt.
  bash: `# bash completion of hexuser
_hexuser() {
  local answer IFS=$'\\n'
  COMPREPLY=()
  answer=$(command hexuser --complete bash "=\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [ $? -eq 3 ]; then answer=$(compgen -f -- "$2"); fi
  while read -r; do
    if [ -n "$REPLY" ]; then COMPREPLY+=("$REPLY"); fi
  done <<<"$answer"
}
complete -F _hexuser hexuser
`,
  zsh: `#compdef hexuser
# zsh completion of hexuser
_hexuser() {
  local answer
  local -a found before
  before=("\${(@Q)words[2,CURRENT-1]}")
  (( CURRENT > 2 )) || before=()
  answer=$(command hexuser --complete zsh "=\${(Q)PREFIX}" "\${before[@]}" 2>/dev/null)
  if (( $? == 3 )); then
    _files
    return
  fi
  found=("\${(@f)answer}")
  [[ -n $answer ]] && _describe -t values hexuser found
}
if [[ $funcstack[1] == _hexuser ]]; then
  _hexuser "$@"
else
  compdef _hexuser hexuser
fi
`,
  fish: `# fish completion of hexuser
function __hexuser_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found (command hexuser --complete fish "=$current" $words[2..] 2>/dev/null)
  if test $status -eq 3
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c hexuser -e
complete -c hexuser -f -a '(__hexuser_complete)'
`,
  powershell: `# PowerShell completion of hexuser
Register-ArgumentCompleter -Native -CommandName hexuser -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
    ForEach-Object {
      if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
      else { $_.Extent.Text }
    })
  $program = @(Get-Command -Name hexuser -CommandType Application -ErrorAction SilentlyContinue)[0]
  if (-not $program) { return }
  $encoding = [Console]::OutputEncoding
  try {
    [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
    $found = @(& $program --complete powershell "=$wordToComplete" @before 2>$null)
  } finally {
    [Console]::OutputEncoding = $encoding
  }
  foreach ($line in $found) {
    $word, $description = $line -split "\`t", 2
    if ($word) {
      [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $description)
    }
  }
}
`,
};
