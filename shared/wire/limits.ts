/** What a decoder allocates at most for what one message, frame or segment claims. Encoders hold to them too. */

/** Readings of one frame, and of one batch. */
export const maxReadings = 131_072;
/** Frames of one batch. */
export const maxBatchFrames = 16_384;
/** Bytes of a batch of several frames. */
export const maxBatchBytes = 32 * 1024;
/** Bytes of a batch of a single frame, signature and header included; and of a frame as the journal stores it. */
export const maxFrameBytes = 1024 * 1024;
/** Bytes of a batch's body once unpacked. */
export const maxBodyBytes = 2 * maxFrameBytes;
/** Readings of one segment, and frames of one frame table. */
export const maxSegmentReadings = 262_144;
/** Bytes of a segment, packed or not. */
export const maxSegmentBytes = 4 * 1024 * 1024;
/** Bytes of one text value. */
export const maxTextBytes = 65_535;
/** Greatest seq that the encodings carry. */
export const maxSeq = 2 ** 48;
/** Entries of one list on a page of a hello or an answer, or in a receipt. */
export const maxEntries = 16_384;
/** Pages of a hello or an answer. */
export const maxPages = 4_096;
/** Bytes of one page or receipt, signature included. */
export const maxPageBytes = 128 * 1024;
/** Tags of one dictionary. */
export const maxTags = 131_072;
/** Dictionaries from one to its oldest ancestor. */
export const maxParents = 1_000;
/** Memory for hellos of one rig of which pages are missing, bytes; and how long they are kept after the newest page, ms. */
export const maxUnfinishedHello = 4 * 1024 * 1024;
export const unfinishedHelloMs = 10 * 60_000;
/** Epochs of a rig that the cloud keeps though none of their frames ever came: above what a hello can name of an honest rig. */
export const maxUnproven = 16_384;
/** Ranges of lost frames that the cloud keeps of a rig. */
export const maxLostRanges = 65_536;
/** Forks that one hello makes known. */
export const maxForks = 100;
