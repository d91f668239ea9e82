import { expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody, LoginBody, Session } from "../../shared/domain/api.ts";
import { CoverageAnswer } from "../../shared/domain/api-coverage.ts";
import { AlarmsAnswer, AnomaliesAnswer, EventsAnswer } from "../../shared/domain/api-events.ts";
import { AggregatedAnswer, HistoricalAnswer } from "../../shared/domain/api-history.ts";
import { RealtimeAnswer } from "../../shared/domain/api-latest.ts";
import { ClientMessage, LiveMessage } from "../../shared/domain/api-live.ts";
import { RigAnswer, RigsAnswer } from "../../shared/domain/api-rigs.ts";
import { exampleOf } from "./schema-example.ts";

const schemas = { ErrorBody, LoginBody, Session, RealtimeAnswer, HistoricalAnswer, AggregatedAnswer };
const more = { CoverageAnswer, EventsAnswer, AlarmsAnswer, AnomaliesAnswer, RigsAnswer, RigAnswer };
const messages = { ClientMessage, LiveMessage };

test.each(Object.entries<z.ZodType>({ ...schemas, ...more, ...messages }))(
  "the example of %s fits its schema",
  (_name, schema) => {
    const described = z.toJSONSchema(schema, { unrepresentable: "any" });
    const example = exampleOf(described, described.$defs ?? {});
    expect(schema.safeParse(example).error).toBeUndefined();
    expect(JSON.stringify(example).length).toBeGreaterThan(10);
  },
);
