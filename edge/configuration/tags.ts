import { sensorOf } from "../../shared/domain/catalogue.ts";
import { kindOf } from "../../shared/domain/register.ts";
import type { DeviceConfig, RigConfig } from "../../shared/domain/rig-config.ts";
import type { Limits, TagVersion } from "../../shared/domain/tag.ts";

/** What the rig measures, in dictionary order: the devices one after the other, each in the order of its tags. The lists beside `versions` have one entry a tag. */
export interface RigTags {
  versions: TagVersion[];
  /** Raw values that mean "no value". */
  sentinels: (readonly number[])[];
  /** How often its device is polled. */
  pollMs: number[];
  /** Position of each device's first tag, in the order of the devices. */
  firstTags: number[];
}

/** A fault in the configuration and where it stands. */
export interface TagIssue {
  path: (string | number)[];
  message: string;
}

/** The configuration names tags that can't be told what they are. */
export class TagFault extends Error {
  readonly issues: readonly TagIssue[];
  constructor(issues: readonly TagIssue[]) {
    super(issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    this.name = "TagFault";
    this.issues = issues;
  }
}

type TagConfig = DeviceConfig["tags"][number];

/** The tags of a configuration, with what the sensor catalogue knows of them. Throws a `TagFault` that names every fault; an unknown name is never guessed. */
export function tagsOf(config: RigConfig, validFrom: number): RigTags {
  const tags: RigTags = { versions: [], sentinels: [], pollMs: [], firstTags: [] };
  const issues: TagIssue[] = [];
  const taken = new Map<string, string>();
  for (const [d, device] of config.devices.entries()) {
    tags.firstTags.push(tags.versions.length);
    for (const [t, tag] of device.tags.entries()) {
      const version = versionOf(tag, device.name, validFrom);
      const path = ["devices", d, "tags", t];
      const earlier = typeof version === "string" ? undefined : taken.get(version.name);
      if (typeof version !== "string") issues.push(...adviceIssues(tag, version, path));
      if (typeof version === "string") issues.push({ path: [...path, "name"], message: version });
      else if (earlier !== undefined) {
        issues.push({
          path: [...path, "name"],
          message: `"${tag.name}" is "${version.name}", which is defined twice, first at ${earlier}`,
        });
      } else {
        taken.set(version.name, `devices[${d}].tags[${t}].name`);
        tags.versions.push(version);
        tags.sentinels.push(tag.sentinels);
        tags.pollMs.push(device.pollMs);
      }
    }
  }
  if (issues.length > 0) throw new TagFault(issues);
  return tags;
}

/** Texts on limits that the tag does not have would never be shown. */
function adviceIssues(tag: TagConfig, { name, limits }: TagVersion, path: TagIssue["path"]): TagIssue[] {
  return (["ll", "l", "h", "hh"] as const)
    .filter((limit) => tag.advice?.[limit] !== undefined && limits[limit] === undefined)
    .map((limit) => ({ path: [...path, "advice", limit], message: `"${name}" has no limit ${limit}` }));
}

/** The tag version, or what is wrong with the tag. */
function versionOf(tag: TagConfig, source: string, validFrom: number): TagVersion | string {
  const sensor = sensorOf(tag.name);
  const unit = sensor?.unit ?? tag.unit;
  const label = tag.label ?? sensor?.label;
  if (unit === undefined || label === undefined) {
    return `"${tag.name}" is not in the sensor catalogue, so it needs a unit and a label`;
  }
  if (tag.unit !== undefined && tag.unit !== unit) {
    return `"${tag.name}" is measured in ${unit}, not ${tag.unit}: convert it by scale and offset`;
  }
  const limits = { onDelayS: 5, deadband: 0.02, ...sensor?.limits, ...set(tag.limits) };
  const kind = "register" in tag ? kindOf(tag) : tag.kind;
  return { id: tag.id, name: sensor?.name ?? tag.name, label, unit, kind, limits, source, validFrom };
}

/** Only what the configuration says: an absent key overrides nothing. */
function set(limits: TagConfig["limits"]): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits ?? {}).filter(([, value]) => value !== undefined));
}
