import type { AttachmentKind } from './chats.ts';
import { type Actions, PageError } from './page-server.ts';
import type { Person } from './people.ts';
import type { PhoneSimulator } from './phone-simulator.ts';
import type { ServiceProcess } from './service-process.ts';
import { SWITCHES, type Switches } from './switches.ts';
import type { TimelineEventInput } from './timeline-event.ts';

const ATTACHMENT_KINDS: readonly string[] = ['image', 'voice', 'location'] satisfies AttachmentKind[];

/** Creates the actions of the page's buttons. */
export function createActions(options: {
  people: readonly Person[];
  phones: PhoneSimulator;
  switches: Switches;
  services: readonly ServiceProcess[];
  addEvent: (event: TimelineEventInput) => void;
  /** Sends the new state of a switch to every open page. */
  broadcastSwitch: (change: { name: string; on: boolean }) => void;
}): Actions {
  const { people, phones, switches, services, addEvent } = options;

  /** @throws PageError for an unknown index; without one, the first service */
  function findService(index: unknown): ServiceProcess {
    const service = services[typeof index === 'number' ? index : 0];
    if (!service) throw new PageError(404, 'Layanan ini tidak ada.');
    return service;
  }

  return {
    'POST /api/messages'({ phone, text, attachment }) {
      const person = people.find((one) => one.phone === phone);
      if (!person) throw new PageError(404, 'Nomor ini tidak ada di demo.');
      if (typeof attachment === 'string' && ATTACHMENT_KINDS.includes(attachment)) {
        return phones.sendAttachment(person, attachment as AttachmentKind);
      }
      if (typeof text !== 'string' || text.trim() === '') throw new PageError(400, 'Pesannya kosong.');
      return phones.sendText(person, text);
    },
    'POST /api/repeat'() {
      if (!phones.repeatLastRequest()) throw new PageError(409, 'Belum ada panggilan yang dapat diulang.');
    },
    async 'POST /api/switch'({ name, on }) {
      const change = SWITCHES.find((one) => one.name === name);
      if (!change) throw new PageError(404, 'Sakelar ini tidak ada.');
      const { upstream: source, label } = change;
      const isOn = on === true;
      addEvent({
        source,
        title: `Sakelar ${label}: ${isOn ? 'nyala' : 'padam'}`,
        detail: change.description,
        tone: 'wait',
      });
      await switches.set(change.name, isOn);
      options.broadcastSwitch({ name: change.name, on: isOn });
    },
    'POST /api/kill': ({ index }) => findService(index).kill(),
    'POST /api/freeze': ({ index }) => findService(index).freeze(),
    'POST /api/thaw': ({ index }) => findService(index).thaw(),
    async 'POST /api/start'({ index }) {
      const service = findService(index);
      try {
        await service.start();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        addEvent({ source: 'demo', title: `${service.name} tidak dapat dihidupkan`, detail: message, tone: 'bad' });
        throw new PageError(503, message);
      }
    },
  };
}
