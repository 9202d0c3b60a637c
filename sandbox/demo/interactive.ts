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
  const { service, answeredBy } = environment;
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
  service.onState((state) => {
    if (state === 'starting') addEvent({ source: 'demo', title: 'Layanan dihidupkan', tone: 'wait' });
    if (state === 'stopped')
      addEvent({ source: 'demo', title: 'Layanan mati', detail: 'yang tersimpan tetap ada', tone: 'bad' });
  });
  const monitor = monitorService(
    service,
    () => broadcast.pages > 0,
    (status) => broadcast.send('service', status),
  );

  const openStream = (response: ServerResponse) =>
    broadcast.open(response, {
      people,
      switches: SWITCHES.map((one) => ({ ...one, on: switches.states[one.name] })),
      bubbles: chats.list(),
      events,
      typing: [...typingUntil].map(([phone, until]) => ({ phone, ms: Math.max(0, until - Date.now()) })),
      service: monitor.current(),
      answeredBy,
      repeats: { times: MAX_REPEATS, everySeconds: repeatEveryMs / 1000 },
    });
  const broadcastSwitch = (change: object) => broadcast.send('switch', change);
  const actions = createActions({ people, phones, switches, service, addEvent, broadcastSwitch });
  const page = await servePage({ port: options.port, actions, openStream });
  return {
    url: page.url,
    async close() {
      phones.close();
      monitor.close();
      broadcast.close();
      await page.close();
    },
  };
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
