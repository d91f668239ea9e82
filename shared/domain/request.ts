/** Tags that one request of the office may name. */
export const maxAskedTags = 200;
