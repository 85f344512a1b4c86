/// `curate completions SHELL`.
package enum CompletionsCommand {
    static let shell = Argument<CompletionScript.Shell>.required(
        "shell", .choice(of: CompletionScript.Shell.self), help: "The shell to print a script for.")

    package static let command = Command(
        name: "completions",
        abstract: "Print a script that completes verbs, options and values in a shell.",
        arguments: [shell.declaration],
        examples: [
            Example("source <(curate completions bash)", "Use it in this bash."),
            Example("curate completions zsh > ~/.zfunc/_curate", "Install it for zsh, with ~/.zfunc in $fpath."),
            Example("curate completions fish > ~/.config/fish/completions/curate.fish", "Install it for fish."),
        ]
    ) { invocation in
        let script = CompletionScript.text(for: invocation.arguments[shell], program: invocation.program)
        try invocation.console.output.write(script)
    }
}
