import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** A line's cells, by the name of their column. */
export type Cells = ReadonlyMap<string, string>;

/** Rows of a CSV file in file order, one at a time: a day need not fit in memory. Cells lose the blanks around them; missing ones are empty. A quoted cell can't hold a line's end. */
export async function* rowsOf(file: string, separator: string): AsyncGenerator<Cells> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  let names: string[] | undefined;
  for await (const line of lines) {
    if (names === undefined) names = distinct(cellsOf(line.replace(/^\uFEFF/, ""), separator));
    else if (line.trim() !== "") {
      const cells = cellsOf(line, separator);
      yield new Map(names.map((name, i) => [name, cells[i] ?? ""]));
    }
  }
}

export function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i];
    if (letter === '"') {
      if (quoted && line[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = !quoted;
    } else if (letter === separator && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += letter;
  }
  cells.push(cell.trim());
  return cells;
}

/** The same name a second time becomes "name#2". */
function distinct(names: string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}#${times}`;
  });
}
