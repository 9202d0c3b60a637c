import type { RecordedRequest } from '../fake-server.ts';
import type { SentMessage } from '../fonnte.ts';
import type { GenerateRequest } from '../gemini-types.ts';
import { readConversation } from '../rule-based-model.ts';
import type { Chats } from './chats.ts';
import { duration, type Told } from './happening.ts';
import type { Person } from './people.ts';
import { tellLine } from './service-lines.ts';
import type { World } from './world.ts';

export interface Observer {
  tell: (told: Told) => void;
  /** A phone sees that somebody is writing to it, until a time (ms since the epoch; 0: no more). */
  typing: (phone: string, until: number) => void;
  chats: Chats;
  people: readonly Person[];
}

/** Tells an observer what the service logs and what reaches the stand-ins, from now on. */
export function observe(world: World, observer: Observer): void {
  observeService(world, observer);
  observeFonnte(world, observer);
  observeGemini(world, observer);
  observeSupabase(world, observer);
}

function observeService({ service }: World, { tell, people }: Observer): void {
  service.onLine((line) => {
    const told = tellLine(line, people);
    if (told) tell(told);
  });
}

function observeFonnte({ fonnte }: World, { tell, typing, chats }: Observer): void {
  const unclaimed = new Set<SentMessage>();
  fonnte.onSent((sent) => {
    unclaimed.add(sent);
    const { target: phone, message: text, at, inboxid = 0 } = sent;
    chats.add({ phone, from: 'assistant', text, at, inboxid });
    typing(phone, 0);
  });
  fonnte.onRequest(({ path, body, at }) => {
    const { target, duration: seconds = '0', stop } = body as Record<string, string | undefined>;
    if (path === '/typing' && target && fonnte.connected) {
      typing(target, stop === 'true' ? 0 : at + Number(seconds) * 1000);
    }
  });
  fonnte.onResponse((call) => {
    const { target: phone = null, message } = call.body as Record<string, string | undefined>;
    const took = [...unclaimed].find((sent) => sent.target === phone && sent.message === message);
    if (took) unclaimed.delete(took);
    tell({
      source: 'fonnte',
      phone,
      at: took?.at ?? call.at,
      ...(call.path === '/send' ? sendInWords(call, took) : minorCall(call)),
    });
  });
}

function sendInWords({ status, durationMs = 0 }: RecordedRequest, took: SentMessage | undefined): Omit<Told, 'source'> {
  if (took && status === 200) {
    return { title: 'FONNTE menerima kiriman', detail: `nomor ${took.id}, ${duration(durationMs)}`, tone: 'good' };
  }
  if (took) return { title: 'FONNTE menerima kiriman, jawabannya tidak sampai', tone: 'wait' };
  return { title: 'FONNTE menolak kiriman', detail: `HTTP ${status ?? 0}, status false`, tone: 'bad' };
}

function minorCall({ path, method, status, durationMs = 0 }: RecordedRequest): Omit<Told, 'source'> {
  return { title: `${method} ${path}`, detail: `${status || 'tanpa jawaban'}, ${duration(durationMs)}`, minor: true };
}

function observeGemini({ gemini }: World, { tell, people }: Observer): void {
  gemini.onRequest(({ model, body }) => {
    const request = body as GenerateRequest;
    if (!model || !Array.isArray(request.contents)) return;
    const { name, completed } = readConversation(request);
    const phone = people.find((person) => person.name === name)?.phone ?? null;
    const turns = request.contents.length;
    const detail = completed.length > 0 ? `${model} · dengan hasil alat` : `${model} · ${turns} giliran percakapan`;
    tell({ source: 'gemini', phone, title: 'Model ditanya', detail });
  });
  gemini.onResponse((call) => tell({ source: 'gemini', ...minorCall(call) }));
}

function observeSupabase({ supabase }: World, { tell }: Observer): void {
  supabase.onResponse((call) => {
    const { table, status, durationMs = 0 } = call;
    if (!table) return tell({ source: 'supabase', ...minorCall(call) });
    tell({
      source: 'supabase',
      title: `Tabel ${table} dibaca`,
      detail: `${status}, ${duration(durationMs)}`,
      minor: true,
    });
  });
}
