/** An alarm that is raised so often within so many ms, the last one included, chatters (ISA-18.2). */
export const CHATTER = { raises: 3, withinMs: 60_000 } as const;
