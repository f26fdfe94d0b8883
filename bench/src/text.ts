/** What each message says: 200 bytes. */
export const TEXT = Buffer.alloc(200, 'A few words to a colleague at another branch. ')
