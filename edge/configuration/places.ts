/** Where something stands in a text; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/**
 * Where each value of a JSON text stands, by its path ("devices[0].port"), or what is wrong with the text and where.
 * `JSON.parse` tells neither, and a technician needs both.
 */
export function locate(text: string): { places: Map<string, Place> } | { error: Place & { message: string } } {
  const places = new Map<string, Place>();
  const scan = openScan(text);
  const placeOf = openPlaces(text);
  try {
    value("");
    scan.space();
    if (scan.peek() !== "") scan.fail("Nothing may follow the closing bracket");
    return { places };
  } catch (error) {
    if (error instanceof Misplaced) return { error: { message: error.message, ...placeOf(error.offset) } };
    throw error;
  }

  function value(path: string): void {
    scan.space();
    places.set(path, placeOf(scan.offset()));
    const next = scan.peek();
    if (next === "{") members(path);
    else if (next === "[") elements(path);
    else if (next === '"') scan.string();
    else scan.word();
  }

  function members(path: string): void {
    const lines = new Map<string, number>();
    scan.list("}", () => {
      const at = scan.offset();
      if (scan.peek() !== '"')
        scan.fail('A setting\'s name in double quotes is expected here (a comma before "}" is one too many)');
      const key = scan.string();
      const inner = path === "" ? key : `${path}.${key}`;
      const earlier = lines.get(key);
      if (earlier !== undefined) scan.failAt(at, `"${key}" stands here twice, first on line ${earlier}`);
      lines.set(key, placeOf(at).line);
      scan.space();
      scan.take(":", `A colon is missing after "${key}"`);
      value(inner);
      places.set(inner, placeOf(at));
    });
  }

  function elements(path: string): void {
    let index = 0;
    scan.list("]", () => value(`${path}[${index++}]`));
  }
}

class Misplaced extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function openScan(text: string) {
  let i = 0;
  let depth = 0;
  const failAt = (offset: number, message: string): never => {
    throw new Misplaced(offset >= text.length ? `The file ends too early. ${message}.` : `${message}.`, offset);
  };
  const fail = (message: string): never => failAt(i, message);
  const peek = () => text[i] ?? "";
  function space() {
    while (i < text.length && " \t\r\n".includes(peek())) i += 1;
  }
  function take(wanted: string, message: string) {
    if (peek() !== wanted) fail(message);
    i += 1;
  }
  return {
    offset: () => i,
    peek,
    fail,
    failAt,
    space,
    take,
    /** A string with its quotes; gives its content. */
    string(): string {
      const match = /"(?:[^"\\\n]|\\.)*"/y;
      match.lastIndex = i;
      const found = match.exec(text)?.[0];
      if (found === undefined) return fail("This text has no closing quote");
      try {
        const content: unknown = JSON.parse(found);
        i += found.length;
        return String(content);
      } catch {
        return fail("This text has a character that must be escaped");
      }
    },
    /** A number, true, false or null. */
    word(): void {
      const match = /[^\s,:{}[\]"]+/y;
      match.lastIndex = i;
      const found = match.exec(text)?.[0] ?? "";
      if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(found)) {
        fail(found === "" ? "A value is missing here" : `${found} is neither a number nor a text in double quotes`);
      }
      i += found.length;
    },
    /** A list in brackets, `one` a time for each entry. */
    list(end: "}" | "]", one: () => void): void {
      i += 1;
      depth += 1;
      if (depth > 64) fail("This is nested too deeply");
      space();
      if (peek() !== end) {
        for (;;) {
          space();
          one();
          const ended = i;
          space();
          if (peek() === end) break;
          // What is missing is missing behind the last word, not before the next one.
          if (peek() !== ",") failAt(ended, `A comma or ${end} is missing here`);
          i += 1;
        }
        i += 1;
      } else i += 1;
      depth -= 1;
    },
  };
}

/** From an offset to its line and column. */
function openPlaces(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
