import type { Books, Linked, RigOptions } from "./books.ts";
import { openEnrolledLink } from "./enrolled-link.ts";
import { startLinkWatch } from "./link-watch.ts";
import { openRelinked } from "./relinked.ts";

/** Starts the talk with the cloud of what the books hold, also where their journal is begun anew, and the watch over what waits for it. */
export function startCloudWay(books: Books, options: RigOptions): Pick<Linked, "cloud" | "link"> {
  const { journal, history } = books;
  const { log, changed } = options;
  const cloud = openRelinked({
    journal,
    open: (facts, record) => openEnrolledLink({ ...options, ...books, facts, record }),
    ended: () => void history.reopen().catch(() => undefined), // `died` tells
    changed,
  });
  return { cloud, link: startLinkWatch({ cloud, history, log, changed }) };
}
