# Waits inside a sandbox for a job on descriptor 6, and becomes that program. Its words are those of job-message.ts.
# With "make <path>" before it, the job is a compiler: what it leaves at that path is sent on descriptor 7.
artifact=
[ "$1" = make ] && artifact=$2
printf R >&7
set --
while read -r kind bytes <&6; do
  case $kind in
  path)
    path=$(head -c "$bytes" <&6; echo .)
    path=/box/${path%.}
    ;;
  text)
    case ${path#/box/} in */*) mkdir -p "${path%/*}" ;; esac
    head -c "$bytes" <&6 >"$path"
    ;;
  arg)
    value=$(head -c "$bytes" <&6; echo .)
    set -- "$@" "${value%.}"
    ;;
  *) head -c "$bytes" <&6 >/dev/null ;;
  esac
done
exec 6<&-
if [ -z "$artifact" ]; then
  # Output line by line, and before input is awaited, as at a terminal: else a question is seen after its answer, and
  # what a program printed before it crashed is lost.
  line_by_line=/usr/libexec/coreutils/libstdbuf.so
  [ -f $line_by_line ] && export LD_PRELOAD=$line_by_line _STDBUF_I=L _STDBUF_O=L
  exec "$@" 7>&-
fi
"$@" 7>&- </dev/null || exit
if [ -f "$artifact" ] && [ ! -h "$artifact" ]; then cat "$artifact" >&7; fi
