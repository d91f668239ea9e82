import type { Person } from "../../../../shared/domain/api.ts";
import { Icon, type IconName, Sign } from "./Icon.tsx";

export interface RailProps {
  path: string;
  person: Person;
  /** Rigs that they see; null until known. */
  rigs: number | null;
  /** Alarms that nobody has acknowledged; with "?" where more is not known, empty where there are none. */
  badge: string;
}

/** The pages that there are, and who is signed in. On a phone it lies at the bottom. */
export function Rail({ path, person, rigs, badge }: RailProps) {
  const many = rigs === null ? "" : `, ${rigs} ${rigs === 1 ? "rig" : "rigs"}`;
  return (
    <nav class="rail" aria-label="Pages">
      <p class="sign">
        <Sign size={16} /> i-Drill Edge
      </p>
      <Item to="/" icon="fleet" word="Fleet" current={path === "/" || path.startsWith("/rigs/")} />
      <Item to="/alarms" icon="alarms" word="Alarms" badge={badge} current={path === "/alarms"} />
      <a class={`item who${path === "/account" ? " current" : ""}`} href="/account">
        <Icon name="account" />
        <span class="whole">
          <b>{person.username}</b>
          <small>
            {roleWords(person.role)}
            {many}
          </small>
        </span>
        <span class="brief">Account</span>
      </a>
    </nav>
  );
}

function Item({
  to,
  icon,
  word,
  badge,
  current,
}: {
  to: string;
  icon: IconName;
  word: string;
  badge?: string;
  current: boolean;
}) {
  return (
    <a class={`item${current ? " current" : ""}`} href={to} aria-current={current ? "page" : undefined}>
      <Icon name={icon} />
      {word}
      {badge !== undefined && badge !== "" && (
        <b class={badge.endsWith("?") ? "badge doubtful" : "badge"}>
          {badge}
          <span class="hidden"> unacknowledged{badge.endsWith("?") && ", not known at the moment"}</span>
        </b>
      )}
    </a>
  );
}

export function roleWords(role: Person["role"]): string {
  const words = role.replace("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
