#!/bin/sh
# Installs hexuser @VERSION@ for the user who runs it, without root: one file, into ~/.local/bin or where --to says.
# Everything is checked before anything is put there; run again, it replaces what is there.
set -eu

version='@VERSION@'
base_url=${HEXUSER_BASE_URL:-'@BASE_URL@'}

# The files of this version, and their sums (SHA-256).
sums() {
  cat <<'END'
@SUMS@
END
}

usage() {
  cat <<'END'
Installs hexuser.

  sh install.sh [--to DIRECTORY]

  --to DIRECTORY   where the program is put; ~/.local/bin otherwise

HEXUSER_BASE_URL is another address with the same files, a mirror for instance.
END
}

# $1: what happened; $2: what to do.
stop() {
  printf 'Error: %s\nTo fix: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

have() {
  command -v "$1" >/dev/null 2>&1
}

find_platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch=$machine ;;
  esac
  case $system in
    Linux)
      platform=linux-$arch
      case $arch in
        x64) loader=/lib64/ld-linux-x86-64.so.2 ;;
        *) loader=/lib/ld-linux-aarch64.so.1 ;;
      esac
      if [ ! -e "$loader" ]; then
        stop "the released programs need glibc, which this system hasn't (Alpine has musl instead)." \
          "install Node 24 or newer, then: npm install --global $base_url/hexuser-$version-npm.tgz"
      fi
      ;;
    Darwin)
      platform=darwin-$arch
      # A shell that runs translated says x86_64 on a machine that is arm64.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then platform=darwin-arm64; fi
      ;;
    *) platform=$system-$arch ;;
  esac
}

find_archive() {
  archive=
  format=tar.gz
  if have xz && sum_of "hexuser-$version-$platform.tar.xz" >/dev/null; then format=tar.xz; fi
  archive=hexuser-$version-$platform.$format
  expected=$(sum_of "$archive") ||
    stop "there is no hexuser $version for $platform." \
      "install Node 24 or newer, then: npm install --global $base_url/hexuser-$version-npm.tgz"
}

# Prints the sum of a file of the release; fails where there is no such file.
sum_of() {
  sums | while read -r sum name; do
    if [ "$name" = "$1" ]; then
      echo "$sum"
      break
    fi
  done | grep .
}

# $1: the address; $2: the file to write.
download() {
  if have curl; then
    curl --fail --silent --show-error --location --connect-timeout 30 --output "$2" "$1"
  elif have wget; then
    # No other option: busybox knows few, and crashes with a timeout.
    wget -q -O "$2" "$1"
  else
    stop "there is neither curl nor wget to download with." "install one of them, then run this again."
  fi
}

sum_of_file() {
  if have sha256sum; then
    sha256sum <"$1"
  elif have shasum; then
    shasum -a 256 <"$1"
  elif have openssl; then
    openssl dgst -sha256 -r <"$1"
  else
    stop "there is no program that makes sums (sha256sum, shasum, openssl)." \
      "install one of them, then run this again."
  fi
}

unpack() {
  case $format in
    tar.xz) xz -dc "$work/$archive" >"$work/archive.tar" ;;
    *) gzip -dc "$work/$archive" >"$work/archive.tar" ;;
  esac &&
    rm "$work/$archive" &&
    (cd "$work" && tar -xf archive.tar) &&
    rm "$work/archive.tar" &&
    chmod 755 "$work/hexuser-$version-$platform/hexuser"
}

# Signing in reads the first of these alone: a new one would take the place of one that is there.
bash_file() {
  if [ "$system" != Darwin ]; then echo .bashrc; return; fi
  for file in .bash_profile .bash_login .profile; do
    if [ -f "$HOME/$file" ]; then echo "$file"; return; fi
  done
  echo .bash_profile
}

# Where the shell looks for programs is the user's own business: it is said, not changed.
tell_about_path() {
  case :${PATH:-}: in
    *":$directory:"*)
      found=$(command -v hexuser || true)
      if [ -n "$found" ] && [ "$found" != "$directory/hexuser" ]; then
        printf 'Another hexuser comes before it in the PATH: %s\n' "$found"
      fi
      return
      ;;
  esac
  printf '\n%s is not in the PATH. To put it there:\n' "$directory"
  line="export PATH=\"$directory:\$PATH\""
  case ${SHELL:-} in
    */fish) printf '  fish_add_path "%s"\n' "$directory" ;;
    */zsh) printf "  echo '%s' >>~/.zshrc\n" "$line" ;;
    # A new terminal of a Mac starts bash as if somebody signed in, of other systems not.
    */bash) printf "  echo '%s' >>~/%s\n" "$line" "$(bash_file)" ;;
    *)
      printf "  echo '%s' >>~/.profile\nthen sign in to the system anew.\n" "$line"
      return
      ;;
  esac
  printf 'then start a new shell.\n'
}

clean_up() {
  if [ -n "${work:-}" ]; then rm -rf "$work"; fi
}

main() {
  directory=${HOME:-}/.local/bin
  while [ $# -gt 0 ]; do
    case $1 in
      --to)
        if [ -z "${2:-}" ]; then stop "--to lacks its directory." "give one: --to DIRECTORY" 2; fi
        directory=$2
        shift 2
        ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) stop "there is no option $1." "see: sh install.sh --help" 2 ;;
    esac
  done
  case $directory in
    /.local/bin) stop "HOME is not set, so there is no ~/.local/bin." "give a directory: --to DIRECTORY" 2 ;;
    /*) ;;
    *) directory=$PWD/$directory ;;
  esac

  find_platform
  find_archive
  have tar || stop "there is no tar to unpack with." "install tar, then run this again."

  mkdir -p "$directory" || stop "$directory can't be made." "give another directory: --to DIRECTORY"
  # Beside the place where the program is put, so that it can be moved there at one stroke.
  work=$(mktemp -d "$directory/.hexuser-install.XXXXXX") ||
    stop "$directory can't be written to." "give another directory: --to DIRECTORY"
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  echo "Downloading $base_url/$archive"
  download "$base_url/$archive" "$work/$archive" ||
    stop "$archive could not be downloaded." "check the network, and whether the disk is full."
  found=$(sum_of_file "$work/$archive")
  if [ "${found%% *}" != "$expected" ]; then
    stop "the sum of $archive is not what it should be: it was damaged or replaced on its way." \
      "run this again; if it stays so, tell those who publish hexuser. Nothing was installed."
  fi
  unpack || stop "$archive could not be unpacked." "check whether the disk is full."
  program=$work/hexuser-$version-$platform/hexuser
  "$program" --version >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    stop "the program does not run on this system (see above)." \
      "if $directory is on a disk that runs no programs, give another directory: --to DIRECTORY"
  }
  mv -f "$program" "$directory/hexuser" || stop "$directory/hexuser can't be replaced." "see the message above."
  echo "$(cat "$work/said") is installed: $directory/hexuser"
  tell_about_path
}

# On the last line, so that a script which was cut off on its way does nothing.
main "$@"
