/** libp2p protocol ID (spec/wire.md section 1). */
export const PROTOCOL = '/branchline/message/1'

/** "`text` has more than 32,768 bytes": 32 KiB of UTF-8. */
export const MAX_TEXT_BYTES = 32_768
/** "`record` more than 64,895 bytes" (section 4): 640 less than a record may have, for what a `received` record adds. */
export const MAX_SENT_BYTES = 64_895
/** "the length, at most 131,072" (section 2). */
export const MAX_FRAME_BYTES = 131_072
/** "At most 32 statements" of a log in its owner's hello (section 3). */
export const MAX_STATEMENTS = 32
/** "1 MiB of unread frames of a stream": reading stops above the first and goes on below the second. */
export const MAX_UNREAD_BYTES = 1_048_576
export const RESUME_UNREAD_BYTES = 262_144
/** What a frame under work counts for beside its bytes: those of two bytes would fill the memory, too. */
export const FRAME_COST_BYTES = 256
/** "begun and not ended within 20 seconds". */
export const FRAME_TIMEOUT_MS = 20_000
/** "At most 256 messages and 1 MiB of texts may be under way" (section 7). */
export const MAX_UNDER_WAY = 256
export const MAX_UNDER_WAY_BYTES = 1_048_576
/** "two such streams of one connection" (section 1). */
export const MAX_INBOUND_STREAMS = 2
export const MAX_REFUSAL_REASON_BYTES = 512

/** What a person is called, in characters. */
export const MAX_NAME_CHARACTERS = 64

/** Events that an embedder's loop has not read yet; more is `READER_TOO_SLOW`. */
export const MAX_EVENTS_HELD = 1_024

/** How long a send may take in all before its outcome is `unconfirmed`. */
export const SEND_TIMEOUT_MS = 30_000
/** How long the audit sink may take over one record. */
export const RECORD_TIMEOUT_MS = 10_000
/** How long opening a stream to a peer may take. */
export const OPEN_TIMEOUT_MS = 10_000
/** Pauses before a lost stream is opened again while messages wait for receipts; the last repeats. */
export const REOPEN_PAUSES_MS = [100, 250, 500, 1_000, 2_000] as const
/** "30 days after its `time`, or when 10,000 newer messages wait for the same peer" (spec/content.md section 5). */
export const MAX_KEPT_MS = 30 * 86_400_000
export const MAX_KEPT_MESSAGES = 10_000
/** How often it is looked at what has expired. */
export const EXPIRY_INTERVAL_MS = 60_000
/** "Again every five minutes until it is acknowledged" (section 3). */
export const ALERT_INTERVAL_MS = 300_000
export const MAX_ALERTS = 100
/** What may wait is tried ever more seldom: "after pauses of at most five minutes" (spec/content.md section 5). */
export const PATIENT_PAUSES_MS = [100, 250, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000] as const
/** How often deadlines of messages under way are looked at. */
export const SWEEP_INTERVAL_MS = 100
/** How long stopping waits for what is under way. */
export const STOP_TIMEOUT_MS = 3_000

/** libp2p protocol ID by which rosters spread (spec/roster.md section 8). */
export const ROSTER_PROTOCOL = '/branchline/roster/1'
/** "within 20 seconds", and streams of one connection at a time. */
export const ROSTER_TIMEOUT_MS = 20_000
export const MAX_ROSTER_STREAMS = 2
/** "the first 16 whom the roster does not name" (section 7). */
export const MAX_STRANGERS_RECORDED = 16
/** How often it is looked at whose time is over. */
export const STANDING_INTERVAL_MS = 5_000

/** A branch behind one address opens at nine; whoever comes again and again comes more slowly. */
export const DOOR_PER_ADDRESS = { burst: 128, perSecond: 16 } as const
/** All addresses together from which no member has come yet. */
export const DOOR_UNKNOWN = { burst: 512, perSecond: 64 } as const
export const MAX_KNOWN_ADDRESSES = 1_024
/** Whose handshake is not over. */
export const MAX_PENDING_CONNECTIONS = 512
/** "16 times at once and once a second after that", "8 connections" (spec/roster.md section 7). */
export const CONNECTS_OF_PEER = { burst: 16, perSecond: 1 } as const
export const MAX_CONNECTIONS_OF_PEER = 8
/** "512 streams at once and 64 a second after that"; a relay brings a whole branch on one connection. */
export const STREAMS_OF_CONNECTION = { burst: 512, perSecond: 64 } as const
export const MAX_STREAMS_OF_CONNECTION = 512
/** "8 rosters at once and one in ten seconds after that" (section 8). */
export const ROSTERS_OF_PEER = { burst: 8, perSecond: 0.1 } as const
/** "256, and one a minute after that" (spec/wire.md section 4): as many as may be under way when somebody is taken off. */
export const RECORDED_REFUSALS = { burst: 256, perSecond: 1 / 60 } as const
/** libp2p protocol ID by which clocks are compared (spec/clock.md). */
export const CLOCK_PROTOCOL = '/branchline/clock/1'
/** "16 bytes, made anew for each question", and what an answer adds to them. */
export const CLOCK_NONCE_BYTES = 16
export const CLOCK_TIME_BYTES = 8
/** "At most 8 questions a stream", "over within 10 seconds", "two such streams of a connection". */
export const MAX_CLOCK_QUESTIONS = 8
export const CLOCK_TIMEOUT_MS = 10_000
export const MAX_CLOCK_STREAMS = 2
/** "At most 8,640,000,000,000,000", the last that a calendar can show in JavaScript. */
export const MAX_CLOCK_MS = 8_640_000_000_000_000
/** libp2p protocol ID by which a relay tells who holds a place (spec/places.md). */
export const PLACES_PROTOCOL = '/branchline/places/1'
/** "at most 16,384 bytes" (section 2). */
export const MAX_PLACES_FRAME_BYTES = 16_384
/** "at most one frame in 250 ms", and what a reader bears with in a minute (section 3). */
export const PLACES_PAUSE_MS = 250
export const MAX_PLACES_FRAMES_A_MINUTE = 480
/** "two such streams of one connection". */
export const MAX_PLACES_STREAMS = 2
/** libp2p protocol ID by which members tell each other whether they are here (spec/presence.md). */
export const PRESENCE_PROTOCOL = '/branchline/presence/1'
/** "takes two of a peer's on one connection", "¼, 1, 5, 15 and 60 seconds", "lasted for 60 seconds" (section 1). */
export const MAX_PRESENCE_STREAMS = 2
export const PRESENCE_PAUSES_MS = [250, 1_000, 5_000, 15_000, 60_000] as const
export const PRESENCE_LASTED_MS = 60_000
/** "five seconds between its changes, and make at most 50 in an hour" (section 3). */
export const PRESENCE_SAID = [
  { most: 1, withinMs: 5_000 },
  { most: 50, withinMs: 3_600_000 },
] as const
/** "at most 6 changes of a member within 15 seconds", "at most 60 in an hour". */
export const PRESENCE_BELIEVED = [
  { most: 6, withinMs: 15_000 },
  { most: 60, withinMs: 3_600_000 },
] as const
/** "for up to 512 members". */
export const MAX_PRESENCE_COUNTED = 512
/** How long stopping waits until those who listen have been told. */
export const PRESENCE_LEAVE_MS = 1_000

/** "The whole is at most 524,288 bytes" (spec/roster.md section 1), and what its members may hold. */
export const MAX_ROSTER_BYTES = 524_288
export const MAX_MEMBERS = 500
export const MAX_REVOKED = 1_000
export const MAX_DIRECTORS = 8
export const MAX_SUCCESSIONS = 16
export const MAX_RELAYS = 16
export const MAX_WITNESSES = 16
/** Of one member, and of one roster in all. */
export const MAX_ROOMS = 100
export const MAX_DESKS = 16
export const MAX_ROLES = 8
export const MAX_LIBRARY_BYTES = 128
export const MAX_MEMBER_NAME_BYTES = 128
/** A branch, a desk, a room. */
export const MAX_PLACE_BYTES = 64
export const MAX_REVOCATION_REASON_BYTES = 256
export const MAX_RELAY_CHARACTERS = 256
/** "A code is at most 512 characters" (section 5). */
export const MAX_REQUEST_CHARACTERS = 512

/** "at most 20,480 bytes" (spec/content.md section 2): all that a `content` may have. */
export const MAX_CONTENT_BYTES = 20_480
/** "at most 98,304 bytes": an `origin`, of what is passed on. */
export const MAX_ORIGIN_BYTES = 98_304
/** "1 to 256 IDs" of a mark, each of its two lists. */
export const MAX_MARKED = 256
/** "string of 1-512 bytes, a title or a call number"; "at most 8 IDs" that a step comes after. */
export const MAX_ITEM_BYTES = 512
export const MAX_STEP_AFTER = 8
/** "string of 1-255 bytes", the name of a file; "1 to 104,857,600" bytes, 100 MiB. */
export const MAX_FILE_NAME_BYTES = 255
export const MAX_FILE_BYTES = 104_857_600
/** "1 to 4 message IDs" that a message comes after, "at most 64" others in a group (section 1). */
export const MAX_AFTER = 4
export const MAX_GROUP_PEERS = 64

/** "exactly 2,097,152 bytes", "1 to 262,144" bytes of a body (spec/queue.md section 1), "string of 1-128 bytes". */
export const QUEUE_FILE_BYTES = 2_097_152
export const MAX_QUEUED_BYTES = 262_144
export const MAX_WHERE_BYTES = 128
/** Pauses before what waits to be recorded is tried again; the last repeats. */
export const QUEUE_PAUSES_MS = [1_000, 5_000, 15_000, 60_000] as const
/** As long as a timer can be set: who waits for a record that has its place in the queue does not give it up. */
export const NEVER_MS = 2_147_483_647

/** Words by which one message is found, and bytes of each. */
export const MAX_MESSAGE_WORDS = 512
export const MAX_WORD_BYTES = 64
/** Messages, requests or results that one question gives. */
export const MAX_PAGE = 200
/** What is only counted, such as the unread, is counted up to here. */
export const MAX_COUNTED = 1_000
/** What one search looks at: words of its own, words that go on from its last, and places where they stand. */
export const MAX_QUERY_WORDS = 16
export const MAX_CONTINUED_WORDS = 256
export const MAX_POSTINGS = 20_000
/** Requests that are looked at for one list, and comings and goings at a desk; the newest. */
export const MAX_LOOKED_AT = 10_000

/** libp2p protocol ID by which files are fetched (spec/files.md). */
export const FILE_PROTOCOL = '/branchline/file/1'
/** "32 bytes ‖ u64" of a request, "u64" of what was taken (section 2). */
export const FILE_REQUEST_BYTES = 40
export const FILE_TAKEN_BYTES = 8
/** "at most 65,536" bytes of a frame; an answer has "at most 64". */
export const MAX_FILE_FRAME_BYTES = 65_536
export const MAX_FILE_ANSWER_BYTES = 64
/** "whenever 16,384 bytes more are": so often at most on a stream, and once at its end. */
export const FILE_TAKEN_EVERY_BYTES = 16_384
/** "Two such streams of a connection", four transfers "at once" each way, "20 seconds" without a byte (section 4). */
export const MAX_FILE_STREAMS = 2
export const MAX_FILE_TRANSFERS = 4
export const FILE_STALL_MS = 20_000
/** "more than 262,144 bytes that are not written": reading stops above the first and goes on below the second. */
export const MAX_UNWRITTEN_BYTES = 262_144
export const RESUME_UNWRITTEN_BYTES = 65_536
/** Offers that are remembered; whatever is older is asked for in vain. */
export const MAX_OFFERS = 16_384
/** "10 GiB, unless it is told otherwise": all that is in the folder. */
export const FILES_QUOTA_BYTES = 10_737_418_240
/** The bulk lane (section 5), in bytes, milliseconds, and bytes a second of all transfers. */
export const FILE_SLICE_BYTES = 16_384
export const FILE_WINDOW_BYTES = { least: 32_768, first: 65_536, most: 1_048_576 } as const
export const FILE_DELAY_MS = 4
export const FILE_PACE = { burst: 16_384, perSecond: 8_388_608 } as const
export const HUSH_MS = 25
export const MAX_HUSH_MS = 250
/** How often an application is told how far a file is. */
export const FILE_PROGRESS_MS = 250
