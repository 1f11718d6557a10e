# bash completion for secretctl. Made by `secretctl completion bash`.
# Candidates arrive quoted for the place where they go; nothing that comes from a registry is evaluated.
_secretctl() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == $'\tfiles' ]]; then
            compopt -o default 2>/dev/null
            return
        fi
        COMPREPLY+=("$line")
    done < <(_SECRETCTL_COMPLETE=bash _SECRETCTL_LINE="${COMP_LINE:0:COMP_POINT}" _SECRETCTL_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
}
complete -o nosort -F _secretctl secretctl 2>/dev/null || complete -F _secretctl secretctl
