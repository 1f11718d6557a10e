# fish completion for secretctl. Made by `secretctl completion fish`.
# fish quotes what it inserts; nothing that comes from a registry is evaluated.
function __secretctl_complete
    set -l words (commandline -opc)
    set -l current (string unescape -- (commandline -ct))
    or set current (string trim --left --chars '\'"' -- (commandline -ct))
    set -l answer (_SECRETCTL_COMPLETE=fish $words[1] $words[2..-1] "$current" 2>/dev/null)
    if test "$answer[1]" = \tfiles
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $answer
    end
end
complete -c secretctl -f -a '(__secretctl_complete)'
