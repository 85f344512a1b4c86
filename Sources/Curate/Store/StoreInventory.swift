/// What a store holds and how much room it takes.
package struct StoreInventory: Sendable {
    /// One thing in the store.
    package struct Entry: Sendable {
        /// The thing.
        package let item: StoredItem
        /// Its columns; none for datasets and scores.
        package let columns: [StoredColumn]

        /// The last epoch it has a column of; 0 when it has none.
        package var epochCount: Int { columns.map(\.epoch).max() ?? 0 }
        /// The bytes of its columns.
        package var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }
    }

    /// Datasets, artifacts and scores, each sort in the order it was stored.
    package let entries: [Entry]
    /// The bytes of the file.
    package let fileByteCount: Int
    /// Of these, what was freed by removing things; it is used again before the file grows.
    package let freeByteCount: Int
}

extension StoredColumn {
    /// The bytes of its elements.
    package var byteCount: Int { count * (elementType == .float32 ? 4 : 1) }
}

extension Store {
    /// Lists what the store holds; the bytes of columns are not read.
    package func inventory() throws -> StoreInventory {
        try reading {
            let entries = try items().map { item in
                var columns: [StoredColumn] = []
                if case .artifact(let artifact) = item { columns = try self.columns(of: artifact.key) }
                return StoreInventory.Entry(item: item, columns: columns)
            }
            func number(_ pragma: String) throws -> Int {
                try database.query("PRAGMA \(pragma)") { $0.integer(0) }.first ?? 0
            }
            let pageSize = try number("page_size")
            return StoreInventory(
                entries: entries, fileByteCount: try number("page_count") * pageSize,
                freeByteCount: try number("freelist_count") * pageSize)
        }
    }
}

extension StoreInventory {
    /// What a listing is sorted by.
    package enum Order: String, Sendable, CaseIterable {
        /// When it was begun, the latest last.
        case created
        /// The bytes of its columns, the largest first.
        case size
        /// The time spent on it, the longest first.
        case seconds
        /// Its kind, and then as it was stored.
        case kind

        /// Entries in this order, and where that is equal as they were stored.
        package func sorted(_ entries: [Entry]) -> [Entry] {
            entries.enumerated().sorted { left, right in
                if precedes(left.element, right.element) { return true }
                return !precedes(right.element, left.element) && left.offset < right.offset
            }.map(\.element)
        }

        private func precedes(_ left: Entry, _ right: Entry) -> Bool {
            switch self {
            case .created: left.item.createdAt < right.item.createdAt
            case .size: left.byteCount > right.byteCount
            case .seconds: left.item.seconds ?? 0 > right.item.seconds ?? 0
            case .kind: left.item.kind < right.item.kind
            }
        }
    }
}
