/// What a file that is not safetensors may be instead, to say what helps.
package enum CheckpointKind {
    /// The line of Python that writes what is read here.
    package static let conversion =
        "convert it in Python: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"

    /// The error for a file of a kind that people give by mistake, or nil when it is none of these.
    package static func refusal(of input: InputBytes) -> CurateError? {
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
                "this is a pointer of Git LFS, not the weights themselves", byte: 0,
                remedy: "fetch them with git lfs pull")
        }
        if input.hasPrefix([0x89, 0x48, 0x44, 0x46]) {
            return input.badData(
                "this is an HDF5 file, as Keras writes them; safetensors are read", byte: 0,
                remedy: "write the weights with the safetensors package, with PyTorch's names and layouts")
        }
        return nil
    }
}
