/** What scrolls must be reachable by keyboard, whatever its element is: spread it over one with the class `scroll`. */
export const scrollable = { tabIndex: 0 } as const;
