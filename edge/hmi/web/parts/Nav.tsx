import type { Theme } from "../settings.ts";
import { Icon } from "./Icon.tsx";

/** "configuration" is reached from what the top says of it. */
export type Page = "drilling" | "alarms" | "link" | "configuration";

const pages = [
  { page: "drilling", word: "Drilling", icon: "drill" },
  { page: "alarms", word: "Alarms", icon: "bell" },
  { page: "link", word: "Link", icon: "link" },
] as const;

export interface NavProps {
  page: Page;
  /** Alarms that nobody has acknowledged; null while that is not known. */
  open: number | null;
  theme: Theme;
  go: (page: Page) => void;
  turn: () => void;
}

/** The pages, near the hand; and the night button, which is on every page. */
export function Nav({ page, open, theme, go, turn }: NavProps) {
  return (
    <nav class="nav" aria-label="Pages">
      {pages.map((one) => (
        <button
          type="button"
          key={one.page}
          aria-current={one.page === page ? "page" : undefined}
          onClick={() => go(one.page)}
        >
          <Icon name={one.icon} />
          <span>{one.word}</span>
          {one.page === "alarms" && open !== 0 && (
            <span class="badge">
              {open ?? "?"}
              <span class="hidden"> not acknowledged</span>
            </span>
          )}
        </button>
      ))}
      <button type="button" class="theme" onClick={turn}>
        <Icon name="moon" />
        <span>{theme === "light" ? "Night" : "Day"}</span>
      </button>
    </nav>
  );
}
