import Curate

/// `curate completions SHELL`.
package enum CompletionsVerb {
    static let shell = Argument(
        Parameter(
            "shell", .word(CompletionScript.Shell.allCases.map(\.rawValue)), isRequired: true,
            help: "The shell to print a script for."))

    package static let command = Command(
        name: "completions",
        abstract: "Print a script that completes verbs, options and values in a shell.",
        arguments: [shell],
        examples: [
            Example("source <(curate completions bash)", "Use it in this bash."),
            Example("curate completions zsh > ~/.zfunc/_curate", "Install it for zsh, with ~/.zfunc in $fpath."),
            Example("curate completions fish > ~/.config/fish/completions/curate.fish", "Install it for fish."),
        ]
    ) { invocation in
        guard let shell = CompletionScript.Shell(rawValue: invocation.arguments.text(shell)) else {
            preconditionFailure("the shell was not checked")
        }
        let script = CompletionScript.text(for: shell, program: invocation.program)
        let console = invocation.console
        if console.wantsJSON {
            return try console.printJSON(["shell": .string(shell.rawValue), "script": .string(script)])
        }
        try console.output.write(script)
    }
}
