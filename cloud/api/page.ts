import { unprocessable } from "../../shared/node/http/errors.ts";

/** One page of a list that is at hand; its cursor is the place of the next row. 422 for a cursor of another making. */
export function pageOf<T>(rows: readonly T[], limit: number, cursor: string | undefined) {
  const from = cursor === undefined ? 0 : placeOf(cursor);
  const data = rows.slice(from, from + limit);
  const next = from + limit < rows.length ? `row${from + limit}` : null;
  return { success: true as const, count: data.length, data, next };
}

function placeOf(cursor: string): number {
  const place = /^row(\d{1,9})$/.exec(cursor)?.[1];
  if (place === undefined) throw notACursor();
  return Number(place);
}

/** 422 for a cursor that is none of ours. */
export function notACursor() {
  return unprocessable([{ field: "cursor", message: "not a cursor of an earlier answer", type: "invalid_cursor" }]);
}
