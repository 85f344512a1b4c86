import Curate

/// Scripts that teach a shell the verbs, options and values; made from the same declarations as the parser.
package enum CompletionScript {
    /// The shells there is a script for.
    package enum Shell: String, Sendable, CaseIterable { case bash, zsh, fish }

    /// The script for one shell.
    package static func text(for shell: Shell, program: Program) -> String {
        switch shell {
        case .bash: bash(program)
        case .zsh: zsh(program)
        case .fish: fish(program)
        }
    }

    // MARK: bash

    private static func bash(_ program: Program) -> String {
        let name = program.name
        let valued = GlobalOptions.group.options.filter(\.takesValue).flatMap(\.spellings).joined(separator: "|")
        let groups = program.commands.filter { !$0.subcommands.isEmpty }.map { " \($0.name) " }.joined()
        let globalSpellings = GlobalOptions.group.options.flatMap(\.spellings)
        let rootWords = program.commands.map(\.name) + globalSpellings + ["--version"]
        var cases = ""
        for command in program.commands.flatMap(\.withSubcommands) {
            cases += "        \(ShellText.quoted(command.name)))\n"
            cases += bashValues(command.allOptions, indent: "            ")
            let words = command.allOptions.flatMap(\.spellings)
            cases += "            words='\(words.joined(separator: " "))'\n"
            let positional = command.subcommands.map(\.lastWord) + command.arguments.flatMap(\.completion.words)
            cases += "            positional='\(positional.joined(separator: " "))'\n"
            cases += "            ;;\n"
        }
        return """
            # Completion of \(name) for bash. Use it with: source <(\(name) completions bash)
            _\(name)() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
                # Bash splits --option=value into three words.
                if [[ $current == '=' ]]; then current=''
                elif [[ $previous == '=' ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
                local verb='' words='' positional='' list='' index
                for ((index = 1; index < COMP_CWORD; index++)); do
                    case ${COMP_WORDS[index]} in
                        \(valued)) ((index++)) ;;
                        -*) ;;
                        *)
                            verb="${verb:+$verb }${COMP_WORDS[index]}"
                            [[ '\(groups)' == *" $verb "* ]] || break ;;
                    esac
                done
                case $verb in
                    '')
            \(bashValues(GlobalOptions.group.options, indent: "            "))\
                        words='\(rootWords.joined(separator: " "))'
                        ;;
            \(cases)\
                esac
                if [[ $list ]]; then
                    local done=''
                    [[ $current == *,* ]] && done=${current%,*},
                    COMPREPLY=($(compgen -P "$done" -W "$list" -- "${current##*,}"))
                elif [[ $current == -* ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                elif [[ -z $verb ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                elif [[ $positional ]]; then
                    COMPREPLY=($(compgen -W "$positional" -- "$current"))
                else
                    COMPREPLY=($(compgen -f -- "$current"))
                fi
            }
            complete -o filenames -F _\(name) \(name)

            """
    }

    /// What to do when the word before the cursor is an option that takes a value.
    private static func bashValues(_ options: [Option], indent: String) -> String {
        var text = "\(indent)case $previous in\n"
        for option in options where option.takesValue {
            let reply =
                switch option.completion {
                case .nothing: "return"
                case .path: "COMPREPLY=($(compgen -f -- \"$current\")); return"
                case .word(let words):
                    "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$current\")); return"
                case .list(let words): "list='\(words.joined(separator: " "))'"
                }
            text += "\(indent)    \(option.spellings.joined(separator: "|"))) \(reply) ;;\n"
        }
        return text + "\(indent)esac\n"
    }

    // MARK: zsh

    private static func zsh(_ program: Program) -> String {
        let name = program.name
        let verbs = program.commands.map { "        \(ShellText.quoted("\($0.name):\($0.abstract)"))\n" }.joined()
        var cases = ""
        for command in program.commands {
            cases += "        \(command.name))\n"
            if command.subcommands.isEmpty {
                cases += zshArguments(command)
            } else {
                cases += zshSubcommands(command)
            }
            cases += "            ;;\n"
        }
        return """
            #compdef \(name)
            # Completion of \(name) for zsh. Save it as _\(name) in a directory of $fpath.
            _\(name)() {
                local -a verbs
                verbs=(
            \(verbs)\
                )
                if (( CURRENT == 2 )); then
                    _describe 'verb' verbs
                    return
                fi
                local verb=${words[2]}
                shift words
                (( CURRENT-- ))
                case $verb in
            \(cases)\
                esac
            }
            if [[ $funcstack[1] == _\(name) ]]; then _\(name) "$@"; else compdef _\(name) \(name); fi

            """
    }

    private static func zshArguments(_ command: Command) -> String {
        var specifications = command.allOptions.flatMap(zshSpecifications)
        for argument in command.arguments {
            specifications.append(
                "\(argument.isRepeated ? "*" : ""):\(argument.name):\(zshAction(argument.completion))")
        }
        let lines = specifications.map { "                \(ShellText.quoted($0))" }
        return "            _arguments -s \\\n" + lines.joined(separator: " \\\n") + "\n"
    }

    private static func zshSubcommands(_ command: Command) -> String {
        let words = command.subcommands.map(\.lastWord).joined(separator: " ")
        var text = "            if (( CURRENT == 2 )); then compadd \(words); return; fi\n"
        text += "            verb=${words[2]}\n            shift words\n            (( CURRENT-- ))\n"
        text += "            case $verb in\n"
        for subcommand in command.subcommands {
            text += "            \(subcommand.lastWord))\n\(zshArguments(subcommand))            ;;\n"
        }
        return text + "            esac\n"
    }

    private static func zshSpecifications(_ option: Option) -> [String] {
        let help = zshEscaped(String(option.parameter.help.prefix { $0 != "\n" }))
        return option.spellings.map { spelling in
            let star = option.shape == .repeatedValue ? "*" : ""
            guard option.takesValue else { return "\(star)\(spelling)[\(help)]" }
            let form = spelling.hasPrefix("--") ? "\(spelling)=" : spelling
            return "\(star)\(form)[\(help)]:\(option.placeholder):\(zshAction(option.completion))"
        }
    }

    private static func zshAction(_ completion: Completion) -> String {
        switch completion {
        case .nothing: " "
        case .path: "_files"
        case .word(let words): "(\(words.joined(separator: " ")))"
        case .list(let words): "_sequence compadd - \(words.joined(separator: " "))"
        }
    }

    private static func zshEscaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            if "[]:\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
    }

    // MARK: fish

    private static func fish(_ program: Program) -> String {
        let name = program.name
        var lines = ["# Completion of \(name) for fish. Save it as \(name).fish in ~/.config/fish/completions."]
        lines.append("complete -c \(name) -f")
        for command in program.commands {
            let abstract = fishQuoted(command.abstract)
            lines.append("complete -c \(name) -n __fish_use_subcommand -a \(command.name) -d \(abstract)")
        }
        lines.append("complete -c \(name) -n __fish_use_subcommand -l version -d 'Show the version.'")
        for option in GlobalOptions.group.options {
            lines += fishLines(option, prefix: "complete -c \(name)")
        }
        for command in program.commands {
            let condition = "__fish_seen_subcommand_from \(command.name)"
            guard !command.subcommands.isEmpty else {
                lines += fishVerb(command, prefix: "complete -c \(name) -n '\(condition)'")
                continue
            }
            let words = command.subcommands.map(\.lastWord).joined(separator: " ")
            lines.append(
                "complete -c \(name) -n '\(condition); and not __fish_seen_subcommand_from \(words)' -a '\(words)'")
            for subcommand in command.subcommands {
                let both = "\(condition); and __fish_seen_subcommand_from \(subcommand.lastWord)"
                lines += fishVerb(subcommand, prefix: "complete -c \(name) -n '\(both)'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishVerb(_ command: Command, prefix: String) -> [String] {
        command.arguments.map { prefix + fishValue($0.completion) }
            + command.optionGroups.flatMap(\.options).flatMap { fishLines($0, prefix: prefix) }
    }

    private static func fishLines(_ option: Option, prefix: String) -> [String] {
        var line = "\(prefix) -l \(option.name)"
        if let short = option.short { line += " -s \(short)" }
        line += " -d \(fishQuoted(option.parameter.help))"
        guard option.takesValue else {
            let negation = "\(prefix) -l no-\(option.name) -d \(fishQuoted(option.parameter.help))"
            return option.shape == .toggle ? [line, negation] : [line]
        }
        return [line + " -r" + fishValue(option.completion)]
    }

    private static func fishValue(_ completion: Completion) -> String {
        switch completion {
        case .nothing: ""
        case .path: " -F"
        case .word(let words): " -a '\(words.joined(separator: " "))'"
        case .list(let words): " -a '(__fish_append , \(words.joined(separator: " ")))'"
        }
    }

    private static func fishQuoted(_ text: String) -> String {
        let escaped = text.reduce(into: "") { escaped, character in
            if character == "'" || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return "'\(escaped)'"
    }
}
