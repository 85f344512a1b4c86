/// What a column is for; whoever writes it says so, and the store does with it accordingly.
package enum ColumnRole: String, Sendable {
    /// What was asked for: exported, and the same in every store that has it.
    case result
    /// What the work would go on from: it may be removed from a finished artifact to make room.
    case state
    /// How far unfinished work has come: it depends on when it was saved, so two stores may differ in it.
    case progress
}

/// The role of each column name, by the kind of artifact; names without an entry are results.
///
/// A role belongs to a name, not to every stored column, because the table of columns keeps its bytes last and a field
/// behind them would have to be looked for behind them.
extension Store {
    /// The roles of an artifact's column names that are no results; the few rows there are, all checked.
    func columnRoles(ofKind kind: String) throws -> [String: ColumnRole] {
        var roles: [String: ColumnRole] = [:]
        var digest = TableDigest()
        _ = try database.query("SELECT kind, name, role, checksum FROM column_roles") { row in
            let name = row.text(1)
            guard Self.checksum(kind: row.text(0), name: name, role: row.text(2)) == row.integer(3),
                let role = ColumnRole(rawValue: row.text(2))
            else { throw database.damaged("the role of column '\(name)' does not match its checksum") }
            digest.add(row.integer(3))
            if row.text(0) == kind { roles[name] = role }
        }
        try check(digest, of: "column_roles")
        return roles
    }

    /// Keeps what the writer of a column says about its name.
    ///
    /// - Throws: `badData` when the name has another role already, as in a store of another program.
    func declare(_ role: ColumnRole, ofColumn name: String, kind: String) throws {
        let known = try columnRoles(ofKind: kind)[name]
        guard role != known ?? .result else { return }
        guard known == nil else {
            throw CurateError(
                .badData, "column '\(name)' of kind '\(kind)' is \(known ?? .result) in the store, not \(role)",
                at: path, remedy: "use the curate that wrote it, or name another store")
        }
        try database.run(
            "INSERT INTO column_roles (kind, name, role, checksum) VALUES (?1, ?2, ?3, ?4)", kind, name, role.rawValue,
            Self.checksum(kind: kind, name: name, role: role.rawValue))
    }

    /// The checksum of a role's row.
    static func checksum(kind: String, name: String, role: String) -> Int {
        var checksum = Checksum()
        for text in [kind, name, role] { checksum.add(text) }
        return checksum.finish()
    }
}
