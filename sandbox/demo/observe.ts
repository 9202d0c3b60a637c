import type { RecordedRequest } from '../fake-server.ts';
import { formFields, type SentMessage } from '../fonnte.ts';
import type { GenerateRequest } from '../gemini-types.ts';
import { readConversation } from '../rule-based-model.ts';
import type { Chats } from './chats.ts';
import { describeLogLine } from './describe-log-line.ts';
import type { DemoEnvironment } from './environment.ts';
import type { Person } from './people.ts';
import type { ServiceProcess } from './service-process.ts';
import { formatDuration, type TimelineEventInput } from './timeline-event.ts';
import { createTurnSteps } from './turn-steps.ts';

export interface Observer {
  addEvent: (event: TimelineEventInput) => void;
  /** Shows the typing indicator on a phone until a time in ms since the epoch; 0 hides it. */
  showTyping: (phone: string, until: number) => void;
  chats: Chats;
  people: readonly Person[];
}

/** Reports the log of the service and the requests to the fake servers to an observer. */
export function observeEnvironment(environment: DemoEnvironment, observer: Observer): void {
  for (const service of environment.services)
    observeService(service, environment.services.length > 1 ? service.name : null, observer);
  observeFonnte(environment, observer);
  observeGemini(environment, observer);
  observeSupabase(environment, observer);
}

/** `instance`: its name if there are several. */
function observeService(service: ServiceProcess, instance: string | null, { addEvent, people }: Observer): void {
  const turns = createTurnSteps();
  service.onLine((line) => {
    const steps = turns.add(line);
    const event = describeLogLine(line, people);
    if (event) addEvent({ ...event, instance, ...(steps ? { detail: `${event.detail} · ${steps}` } : {}) });
  });
}

function observeFonnte({ fonnte }: DemoEnvironment, { addEvent, showTyping, chats }: Observer): void {
  const unmatched = new Set<SentMessage>();
  fonnte.onSent((sent) => {
    unmatched.add(sent);
    const { target: phone, message: text, at, inboxid = 0, file } = sent;
    chats.add({ phone, from: 'assistant', text, at, inboxid }, file);
    showTyping(phone, 0);
  });
  fonnte.onRequest((request) => {
    const { path, at } = request;
    const { target, duration: seconds = '0', stop } = formFields(request) ?? {};
    if (path === '/typing' && target && fonnte.connected) {
      showTyping(target, stop === 'true' ? 0 : at + Number(seconds) * 1000);
    }
  });
  fonnte.onResponse((call) => {
    const { target: phone = null, message } = formFields(call) ?? {};
    const accepted = [...unmatched].find((sent) => sent.target === phone && sent.message === message);
    if (accepted) unmatched.delete(accepted);
    addEvent({
      source: 'fonnte',
      phone,
      at: accepted?.at ?? call.at,
      ...(call.path === '/send' ? describeSend(call, accepted) : describeRequest(call)),
    });
  });
}

function describeSend(
  { status, durationMs = 0 }: RecordedRequest,
  accepted: SentMessage | undefined,
): Omit<TimelineEventInput, 'source'> {
  if (accepted && status === 200) {
    return {
      title: 'FONNTE menerima kiriman',
      detail: `nomor ${accepted.id}, ${formatDuration(durationMs)}`,
      tone: 'good',
    };
  }
  if (accepted) return { title: 'FONNTE menerima kiriman, jawabannya tidak sampai', tone: 'wait' };
  return { title: 'FONNTE menolak kiriman', detail: `HTTP ${status ?? 0}, status false`, tone: 'bad' };
}

function describeRequest({
  path,
  method,
  status,
  durationMs = 0,
}: RecordedRequest): Omit<TimelineEventInput, 'source'> {
  return {
    title: `${method} ${path}`,
    detail: `${status || 'tanpa jawaban'}, ${formatDuration(durationMs)}`,
    isDetail: true,
  };
}

function observeGemini({ gemini }: DemoEnvironment, { addEvent, people }: Observer): void {
  gemini.onRequest(({ model, body }) => {
    const request = body as GenerateRequest;
    if (!model || !Array.isArray(request.contents)) return;
    const { name, completed } = readConversation(request);
    const phone = people.find((person) => person.name === name)?.phone ?? null;
    const turns = request.contents.length;
    const detail = completed.length > 0 ? `${model} · dengan hasil alat` : `${model} · ${turns} giliran percakapan`;
    addEvent({ source: 'gemini', phone, title: 'Model ditanya', detail });
  });
  gemini.onResponse((call) => addEvent({ source: 'gemini', ...describeRequest(call) }));
}

function observeSupabase({ supabase }: DemoEnvironment, { addEvent }: Observer): void {
  supabase.onResponse((call) => {
    const { table, status, durationMs = 0 } = call;
    if (!table) return addEvent({ source: 'supabase', ...describeRequest(call) });
    addEvent({
      source: 'supabase',
      title: `Tabel ${table} dibaca`,
      detail: `${status}, ${formatDuration(durationMs)}`,
      isDetail: true,
    });
  });
}
