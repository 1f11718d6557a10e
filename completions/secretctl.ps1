# PowerShell completion for secretctl. Made by `secretctl completion powershell`.
# Candidates arrive quoted; nothing that comes from a registry is evaluated.
Register-ArgumentCompleter -Native -CommandName secretctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $rest = @($words | Select-Object -Skip 1) + @($wordToComplete.Trim("'"))
    $env:_SECRETCTL_COMPLETE = 'powershell'
    # One variable, so that an empty last word is not lost on the way to the program.
    $env:_SECRETCTL_WORDS = $rest -join "`n"
    try {
        & $commandAst.CommandElements[0].Extent.Text 2>$null | ForEach-Object {
            $fields = $_.Split("`t", 2)
            if (-not $fields[0]) { return }
            $text = if ($fields.Count -gt 1 -and $fields[1]) { $fields[1] } else { $fields[0] }
            [System.Management.Automation.CompletionResult]::new($fields[0], $fields[0], 'ParameterValue', $text)
        }
    } finally {
        Remove-Item Env:_SECRETCTL_COMPLETE, Env:_SECRETCTL_WORDS -ErrorAction SilentlyContinue
    }
}
