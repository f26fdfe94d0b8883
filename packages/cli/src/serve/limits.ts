/** "at most 1,048,576 bytes a line without its line feed" (spec/stdio.md section 1). */
export const MAX_LINE_BYTES = 1_048_576
/** "a string of 1-64 characters" of an id. */
export const MAX_ID_CHARACTERS = 64
/** "At most 256 may be under way". */
export const MAX_REQUESTS = 256
/** "While more than 262,144 bytes … are not taken"; reading goes on below the second. */
export const MAX_UNREAD_BYTES = 262_144
export const RESUME_UNREAD_BYTES = 65_536
/** "when 8,388,608 bytes are not taken" (section 3). */
export const MAX_HELD_BYTES = 8_388_608
/** "at most 50 unless `limit` says otherwise", which is "1-100", "as fit into 1,048,576 bytes" (section 4). */
export const PAGE = 50
export const MAX_LIMIT = 100
export const MAX_LIST_BYTES = 1_048_576
/** "(1-60,000, else 30,000)". */
export const MAX_SEND_MS = 60_000
/** "at most 64 of whom", "1-256 of" messages to mark; and what the schema bounds. */
export const MAX_ALSO = 64
export const MAX_MARKED = 256
export const MAX_PEERS = 512
export const MAX_WHOM_CHARACTERS = 256
export const MAX_CONVERSATION_CHARACTERS = 128
export const MAX_PEER_CHARACTERS = 128
export const MAX_PLACE_CHARACTERS = 64
export const MAX_ITEM_CHARACTERS = 512
export const MAX_FILE_NAME_CHARACTERS = 255
export const MAX_PATH_CHARACTERS = 4_096
export const MAX_STEP_AFTER = 8
/** Of words that tell of an error. */
export const MAX_WORDS = 4_096
