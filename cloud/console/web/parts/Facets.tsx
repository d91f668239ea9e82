import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { type Facet, facets } from "../fleet-order.ts";

export interface FacetsProps {
  rigs: readonly RigSummary[];
  now: number;
  /** The office server is silent: the counts are those of `now`, and grey. */
  lost: boolean;
  chosen: string | null;
  choose: (name: string | null) => void;
}

const groups: readonly Facet["group"][] = ["attention", "state", "link"];

/** How many rigs need somebody, do what, and are how far behind; a chosen one filters, chosen again it does not. */
export function Facets({ rigs, now, lost, chosen, choose }: FacetsProps) {
  return (
    <div class={lost ? "facets lost" : "facets"}>
      {groups.map((group) => (
        <div class="facetgroup" key={group}>
          {facets
            .filter((facet) => facet.group === group)
            .map(({ name, words, short, holds }) => (
              <button
                type="button"
                key={name}
                class={`facet ${name}`}
                aria-pressed={chosen === name}
                onClick={() => choose(chosen === name ? null : name)}
              >
                <b>{rigs.filter((rig) => holds(rig, now)).length}</b> <span class="long">{words}</span>
                <span class="short" aria-hidden="true">
                  {short}
                </span>
              </button>
            ))}
        </div>
      ))}
    </div>
  );
}
