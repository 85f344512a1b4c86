/// What a safetensors file is read for, which decides what helps when it is not one.
package enum SafetensorsPurpose: Sendable {
    /// The weights of a network.
    case weights
    /// The features of examples, perhaps with labels and ids.
    case examples

    /// What the numbers are, for messages.
    private var content: String {
        switch self {
        case .weights: "weights"
        case .examples: "features"
        }
    }

    /// The advice to write what is read here with a line of Python.
    package var conversion: String {
        switch self {
        case .weights: "convert it in Python: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"
        case .examples:
            "convert it in Python: safetensors.numpy.save_file({\"features\": features, \"labels\": labels}, "
                + "\"data.safetensors\")"
        }
    }

    /// The advice to write numbers of a type that is read here.
    var singlePrecision: String {
        switch self {
        case .weights: "save the weights in single precision: model.float().state_dict()"
        case .examples: "save the tensor in single precision: tensor.float()"
        }
    }

    /// The error for a file of a kind that people give by mistake, or nil when it is none of these.
    func refusal(of input: InputBytes) -> CurateError? {
        if input.hasPrefix([0x50, 0x4b, 0x03, 0x04]) {
            return input.badData(
                "this is a ZIP archive, as torch.save writes them; safetensors are read, pickles are not", byte: 0,
                remedy: conversion)
        }
        // A pickle starts with the opcode PROTO and its version; torch.save used 2 before it wrote archives.
        if input.count >= 2, input.bytes[0] == 0x80, (2...5).contains(input.bytes[1]) {
            return input.badData(
                "this is a Python pickle, as torch.save writes them; safetensors are read, pickles are not", byte: 0,
                remedy: conversion)
        }
        if input.hasPrefix(Array("version https://git-lfs".utf8)) {
            return input.badData(
                "this is a pointer of Git LFS, not the \(content) themselves", byte: 0,
                remedy: "fetch them with git lfs pull")
        }
        if input.hasPrefix([0x89, 0x48, 0x44, 0x46]) {
            let advice =
                switch self {
                case .weights: "write the weights with the safetensors package, with PyTorch's names and layouts"
                case .examples: conversion
                }
            return input.badData(
                "this is an HDF5 file, as Keras writes them; safetensors are read", byte: 0, remedy: advice)
        }
        return nil
    }
}
