import type { AlertKind, DeviceLabel } from '../events.ts';

/** A fact about a device, such as its quota. */
type DeviceDetail = Record<string, number>;

/**
 * Combines the conditions of several devices: a condition is active while it is for one of them, escalates with each further
 * device, and its detail names the devices (`devices`: positions in FONNTE_TOKEN) with the lowest fact of them.
 */
export function createDeviceConditions(
  setState: (
    kind: AlertKind,
    isActive: boolean,
    detail: Record<string, number | string[]>,
    isEscalation: boolean,
  ) => void,
) {
  const affected = new Map<AlertKind, Map<number | undefined, DeviceDetail>>();

  return function setDeviceState(
    kind: AlertKind,
    { device }: DeviceLabel,
    isActive: boolean,
    detail: DeviceDetail = {},
  ): void {
    const details = affected.get(kind) ?? new Map<number | undefined, DeviceDetail>();
    affected.set(kind, details);
    const isEscalation = isActive && details.size > 0 && !details.has(device);
    if (isActive) details.set(device, detail);
    else details.delete(device);
    const devices = [...details.keys()].flatMap((position) => position ?? []).toSorted((a, b) => a - b);
    const named = devices.length > 0 ? { devices: devices.map(String) } : {};
    setState(kind, details.size > 0, { ...lowestOf([...details.values()]), ...named }, isEscalation);
  };
}

function lowestOf(details: readonly DeviceDetail[]): DeviceDetail {
  const lowest: DeviceDetail = {};
  for (const detail of details)
    for (const [name, value] of Object.entries(detail)) lowest[name] = Math.min(lowest[name] ?? value, value);
  return lowest;
}
