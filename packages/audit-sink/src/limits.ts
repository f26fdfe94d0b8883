/** A line: "at most 65,535 bytes" (spec/audit-log.md section 2). */
export const MAX_RECORD_BYTES = 65_535
/** "names one run of the monotonic clock": 16 bytes in hex. */
export const BOOT_ID_BYTES = 16
export const BOOT_ID_DIGITS = 2 * BOOT_ID_BYTES
/** SHA-256 in hex. */
export const HASH_DIGITS = 64
/** "at most 128 characters of `0-9A-Za-z`" (section 1). */
export const MAX_PEER_ID_CHARACTERS = 128
/** Of a label, and of a member of `detail`. */
export const MAX_NAME_CHARACTERS = 32
export const SIGNATURE_DIGITS = 128
/** "a fresh salt of 32 random bytes" (section 4). */
export const SALT_BYTES = 32
export const MAX_PAYLOADS = 64
export const MAX_PEERS = 512
export const MAX_SEEN = 16
export const MAX_DETAIL_MEMBERS = 32
export const MAX_DETAIL_VALUE_BYTES = 1_024
export const MAX_REASON_BYTES = 1_024
export const MAX_CONVERSATION_BYTES = 128
export const MAX_ORIGIN_CHARACTERS = 255

/** One payload beside the chain. Files will be kept in pieces below this. */
export const MAX_PAYLOAD_BYTES = 1_048_576

/** "A log has at most 1,000 statements" of continuation (section 12). */
export const MAX_CONTINUATIONS = 1_000

/** What one durable batch takes at most; more waits for the next. */
export const MAX_BATCH_ENTRIES = 128
export const MAX_BATCH_BYTES = 4_194_304
/** While a batch is being stored, the next is drafted once so many wait: of fewer it would be a small one. */
export const DRAFT_AHEAD_ENTRIES = 64

/** Entries that may wait for the writer; one more is refused with AUDIT_BUSY. */
export const MAX_WAITING_ENTRIES = 16_384

/** How long the store may take over one batch before the log counts as failed. */
export const STORE_TIMEOUT_MS = 10_000

/** More than time servers correct at once (section 8). */
export const MAX_CLOCK_DRIFT_MS = 60_000

/** Records that are checked, the newest, when a log is opened: a tenth of a second or two. */
export const OPENING_CHECK_RECORDS = 20_000

/** A signed checkpoint beside the log (section 7). */
export const MAX_HEAD_NOTE_BYTES = 4_096
