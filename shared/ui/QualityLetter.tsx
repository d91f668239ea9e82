import type { Letter } from "./shown.ts";

const words: Record<Letter, string> = { U: "uncertain", B: "bad", S: "stale", N: "no tag" };

/** The box with U, B, S or N beside a value that is not plainly good; nothing for a good one. */
export function QualityLetter({ letter }: { letter: Letter | null }) {
  if (letter === null) return null;
  return (
    <abbr class="letter" title={words[letter]}>
      {letter}
    </abbr>
  );
}
