import { join } from "node:path";
import { type Disk, openDisk } from "./mounts.ts";
import type { Stage } from "./stage.ts";

/** Disks that are opened for a fault, by the data folder of its stage. */
const disks = new Map<string, Disk>();

/** Puts a part's folder onto a disk of its own, before anything runs. */
export function onOwnDisk(part: "edge" | "cloud" | "broker"): (data: string) => () => void {
  return (data) => {
    const disk = openDisk(join(data, part), join(data, "disk"), 200);
    disks.set(data, disk);
    return () => {
      disks.delete(data);
      disk.release();
    };
  };
}

export function diskOf({ scene }: Stage): Disk {
  const disk = disks.get(scene.data);
  if (disk === undefined) throw new Error("the fault prepared no disk");
  return disk;
}
