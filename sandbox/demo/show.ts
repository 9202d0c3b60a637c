import type { ServerResponse } from 'node:http';
import { createActions } from './actions.ts';
import { Broadcast } from './broadcast.ts';
import { Chats } from './chats.ts';
import type { Happening, Told } from './happening.ts';
import { observe } from './observe.ts';
import { servePage } from './page-server.ts';
import { peopleIn } from './people.ts';
import { watchService } from './service-view.ts';
import { createSwitches, SWITCHES } from './switches.ts';
import { createTelephone, REPEATS } from './telephone.ts';
import type { World } from './world.ts';

/** The chat page over a world. */
export interface Show {
  url: string;
  close(): Promise<void>;
}

/** FONNTE's minute between two calls, in the demo, ms. */
const REPEAT_EVERY_MS = 5_000;
/** How many happenings are kept for a page that is opened later. */
const KEPT = 600;

/** Opens the page at `port` or the next free one, and shows there what happens in the world from now on. */
export async function openShow(world: World, options: { port: number; repeatEveryMs?: number }): Promise<Show> {
  const { repeatEveryMs = REPEAT_EVERY_MS } = options;
  const { service, answeredBy } = world;
  const broadcast = new Broadcast();
  const people = peopleIn(world.supabase.tables);
  const chats = new Chats((bubble) => broadcast.tell('bubble', bubble));
  const { tell, happenings } = keepHappenings((happening) => broadcast.tell('happening', happening));
  const telephone = createTelephone({ world, chats, tell, repeatEveryMs });
  const switches = createSwitches(world, telephone.deviceIs);
  const writing = new Map<string, number>();
  const typing = (phone: string, until: number) => {
    writing.set(phone, until);
    broadcast.tell('typing', { phone, ms: Math.max(0, until - Date.now()) });
  };
  observe(world, { tell, chats, people, typing });
  service.onState((state) => {
    if (state === 'starting') tell({ source: 'demo', title: 'Layanan dihidupkan', tone: 'wait' });
    if (state === 'stopped')
      tell({ source: 'demo', title: 'Layanan mati', detail: 'yang tersimpan tetap ada', tone: 'bad' });
  });
  const view = watchService(
    service,
    () => broadcast.pages > 0,
    (now) => broadcast.tell('service', now),
  );

  const openStream = (response: ServerResponse) =>
    broadcast.open(response, {
      people,
      switches: SWITCHES.map((one) => ({ ...one, on: switches.states[one.name] })),
      bubbles: chats.all(),
      happenings,
      typing: [...writing].map(([phone, until]) => ({ phone, ms: Math.max(0, until - Date.now()) })),
      service: view.now(),
      answeredBy,
      repeats: { times: REPEATS, everySeconds: repeatEveryMs / 1000 },
    });
  const tellSwitch = (thrown: object) => broadcast.tell('switch', thrown);
  const actions = createActions({ people, telephone, switches, service, tell, tellSwitch });
  const page = await servePage({ port: options.port, actions, openStream });
  return {
    url: page.url,
    async close() {
      telephone.hangUp();
      view.close();
      broadcast.close();
      await page.close();
    },
  };
}

/** The newest happenings, each told when it is added. */
function keepHappenings(told: (happening: Happening) => void) {
  const happenings: Happening[] = [];
  let ids = 0;
  const tell = (one: Told) => {
    ids += 1;
    const usual = { at: Date.now(), tone: 'plain', detail: '', phone: null, opens: false, minor: false } as const;
    const happening: Happening = { ...usual, ...one, id: ids };
    happenings.push(happening);
    if (happenings.length > KEPT) happenings.shift();
    told(happening);
  };
  return { tell, happenings: happenings as readonly Happening[] };
}
