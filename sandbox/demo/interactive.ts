import type { ServerResponse } from 'node:http';
import { createActions } from './actions.ts';
import { Broadcast } from './broadcast.ts';
import { Chats } from './chats.ts';
import type { DemoEnvironment } from './environment.ts';
import { observeEnvironment } from './observe.ts';
import { servePage } from './page-server.ts';
import { listPeople } from './people.ts';
import { createPhoneSimulator, MAX_REPEATS } from './phone-simulator.ts';
import { monitorService } from './service-monitor.ts';
import type { ServiceProcess } from './service-process.ts';
import { createSwitches, SWITCHES } from './switches.ts';
import type { TimelineEvent, TimelineEventInput } from './timeline-event.ts';

/** The running chat page. */
export interface InteractiveDemo {
  url: string;
  close(): Promise<void>;
}

/** Interval between repeated deliveries; shorter than FONNTE's minute, so that a viewer sees the repetition. */
const REPEAT_INTERVAL_MS = 5_000;
/** Events available to a page that is opened later. */
const MAX_EVENTS = 600;

/** Serves the chat page at `port` or the next free port and shows all events of the environment. */
export async function startInteractiveDemo(
  environment: DemoEnvironment,
  options: { port: number; repeatEveryMs?: number },
): Promise<InteractiveDemo> {
  const { repeatEveryMs = REPEAT_INTERVAL_MS } = options;
  const { services, answeredBy } = environment;
  const broadcast = new Broadcast();
  const people = listPeople(environment.supabase.tables);
  const chats = new Chats((bubble) => broadcast.send('bubble', bubble));
  const { addEvent, events } = createTimeline((event) => broadcast.send('timeline-event', event));
  const phones = createPhoneSimulator({ environment, chats, addEvent, repeatEveryMs });
  const switches = createSwitches(environment, phones.reportDeviceStatus);
  const typingUntil = new Map<string, number>();
  const showTyping = (phone: string, until: number) => {
    typingUntil.set(phone, until);
    broadcast.send('typing', { phone, ms: Math.max(0, until - Date.now()) });
  };
  observeEnvironment(environment, { addEvent, chats, people, showTyping });
  for (const service of services) reportStates(service, addEvent);
  const monitors = services.map((service, index) =>
    monitorService(
      service,
      () => broadcast.pages > 0,
      (status) => broadcast.send('service', { index, ...status }),
    ),
  );

  const openStream = (response: ServerResponse) =>
    broadcast.open(response, {
      people,
      switches: SWITCHES.map((one) => ({ ...one, on: switches.states[one.name] })),
      bubbles: chats.list(),
      events,
      typing: [...typingUntil].map(([phone, until]) => ({ phone, ms: Math.max(0, until - Date.now()) })),
      services: monitors.map((monitor) => monitor.current()),
      answeredBy,
      repeats: { times: MAX_REPEATS, everySeconds: repeatEveryMs / 1000 },
    });
  const broadcastSwitch = (change: object) => broadcast.send('switch', change);
  const actions = createActions({ people, phones, switches, services, addEvent, broadcastSwitch });
  const page = await servePage({ port: options.port, actions, openStream, fileOf: (id) => chats.fileOf(id) });
  return {
    url: page.url,
    async close() {
      phones.close();
      for (const monitor of monitors) monitor.close();
      broadcast.close();
      await page.close();
    },
  };
}

/** Adds an event when the process of a service starts, ends, is frozen or continues. */
function reportStates(service: ServiceProcess, addEvent: (event: TimelineEventInput) => void): void {
  let former = service.state;
  service.onState((state) => {
    const { name } = service;
    if (state === 'starting') addEvent({ source: 'demo', title: `${name} dihidupkan`, tone: 'wait' });
    if (state === 'stopped')
      addEvent({ source: 'demo', title: `${name} mati`, detail: 'yang tersimpan tetap ada', tone: 'bad' });
    if (state === 'frozen')
      addEvent({
        source: 'demo',
        title: `${name} dibekukan`,
        detail: 'prosesnya berhenti di tengah jalan',
        tone: 'bad',
      });
    if (former === 'frozen' && state === 'running')
      addEvent({
        source: 'demo',
        title: `${name} dilanjutkan`,
        detail: 'yang sudah diambil alih tidak dikirimnya',
        tone: 'wait',
      });
    former = state;
  });
}

/** Creates a list of the latest events; `onEvent` runs for each added event. */
function createTimeline(onEvent: (event: TimelineEvent) => void) {
  const events: TimelineEvent[] = [];
  let lastId = 0;
  const addEvent = (input: TimelineEventInput) => {
    lastId += 1;
    const defaults = {
      at: Date.now(),
      tone: 'plain',
      detail: '',
      phone: null,
      instance: null,
      startsMessage: false,
      isDetail: false,
    } as const;
    const event: TimelineEvent = { ...defaults, ...input, id: lastId };
    events.push(event);
    if (events.length > MAX_EVENTS) events.shift();
    onEvent(event);
  };
  return { addEvent, events: events as readonly TimelineEvent[] };
}
