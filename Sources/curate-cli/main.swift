// First of all: nothing built for this processor may run before this.
ProcessorCheck.leaveIfUnsuitable()
Runner(Root.program, environment: .current).runAndExit()
