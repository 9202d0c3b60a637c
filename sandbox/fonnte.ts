import { awaitFirst } from './await-first.ts';
import type { Answer } from './exchange.ts';
import type { Fault } from './faults.ts';
import type { FonntePayload, PayloadOverrides } from './fonnte-payload.ts';
import { fill, readTarget, type Target } from './fonnte-target.ts';
import { type DeliverOptions, type Delivery, WebhookCaller } from './fonnte-webhook.ts';
import { type Call, StandIn, type StandInOptions } from './stand-in.ts';

export type { DeliverOptions, Delivery } from './fonnte-webhook.ts';

/** One message that FONNTE took; one for each target. */
export interface Sent {
  readonly at: number;
  readonly target: string;
  readonly message: string;
  readonly id: string;
  readonly requestid: number;
  /** The number of the call that brought it. */
  readonly call: number;
  /** The message that it quotes, where one was named. */
  readonly inboxid?: number;
}

export interface FonnteOptions extends StandInOptions {
  token?: string;
  /** The number of our own device. */
  device?: string;
  quota?: number;
  /** False: as with «inbox off», payloads carry `inboxid` 0. */
  inbox?: boolean;
}

const MAX_MESSAGE_CHARACTERS = 60_000;
const COUNTRY_CODE = '62';

/** FONNTE as `fonnte.md` has it, bad manners included: refusals are HTTP 200. Both sides: its API and its calls to us. */
export class FonnteStandIn extends StandIn {
  /** The newest accepted sends, oldest first, bounded like `calls`. */
  readonly sent: Sent[] = [];
  /** The device token that `Authorization` must equal. */
  token: string;
  device: string;
  /** False: the device is disconnected and sends are refused. */
  connected = true;
  /** How many messages may still be sent. */
  quota: number;
  /** Numbers that `/validate` calls not registered. */
  readonly unregistered = new Set<string>();
  /** False: payloads carry `inboxid` 0. */
  inbox: boolean;
  package = 'Super';
  expired = '18 November 2029';
  readonly #sentListeners = new Set<(sent: Sent) => void>();
  readonly #webhooks = new WebhookCaller();
  readonly #keepSent: number;
  readonly #quota: number;
  #sends = 0;
  #id = 80_367_169;
  #requestId = 2_937_123;
  #inboxId = 4710;

  constructor(options: FonnteOptions) {
    super(options);
    this.token = options.token ?? 'sandbox-fonnte-token';
    this.device = options.device ?? '6281100000000';
    this.#quota = options.quota ?? 1_000_000;
    this.quota = this.#quota;
    this.inbox = options.inbox ?? true;
    this.#keepSent = options.record === false ? 0 : (options.keep ?? 10_000);
  }

  /** How many messages were taken since the start or the last reset, kept or not. */
  get sends(): number {
    return this.#sends;
  }

  /** Tells of each accepted send; returns what ends that. */
  onSent(listener: (sent: Sent) => void): () => void {
    this.#sentListeners.add(listener);
    return () => this.#sentListeners.delete(listener);
  }

  /** The first send, kept or to come, that fits; rejects after `timeoutMs` or on close. */
  waitForSent(predicate: (sent: Sent) => boolean, timeoutMs = 10_000): Promise<Sent> {
    return awaitFirst(this.sent, (listener) => this.onSent(listener), predicate, timeoutMs, this.closing);
  }

  override reset(): Promise<void> {
    this.sent.length = 0;
    this.#sends = 0;
    this.connected = true;
    this.quota = this.#quota;
    this.unregistered.clear();
    return super.reset();
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#webhooks.close()]);
  }

  /** A message as FONNTE calls the webhook with it, in the real order of fields, of this second, with the next inboxid. */
  payload(overrides: PayloadOverrides = {}): FonntePayload {
    const message = String(overrides.message ?? overrides.pesan ?? 'Halo');
    const sender = String(overrides.sender ?? overrides.pengirim ?? '6281200000001');
    this.#inboxId += 1;
    return {
      quick: false,
      device: this.device,
      pesan: message,
      pengirim: sender,
      member: '',
      message,
      text: 'non-button message',
      sender,
      name: 'Budi',
      location: '',
      url: '',
      type: 'text',
      extension: '',
      filename: '',
      pollname: '',
      choices: [],
      inboxid: this.inbox ? this.#inboxId : 0,
      isgroup: false,
      isforwarded: false,
      timestamp: Math.floor(Date.now() / 1000),
      ...overrides,
    };
  }

  /** Calls the webhook as FONNTE does: the same call again while the answer is not 200. Rejects only on close. */
  deliver(webhookUrl: string, payload: object, options: DeliverOptions = {}): Promise<Delivery> {
    return this.#webhooks.deliver(webhookUrl, payload, options);
  }

  protected override describe(call: Call): Call {
    return call;
  }

  protected override errorBody({ status }: Fault & { kind: 'status' }): unknown {
    return `<html><body><center><h1>${status}</h1></center><hr><center>cloudflare</center></body></html>`;
  }

  protected override perform(call: Call): Answer {
    const answers: Record<string, (call: Call) => Answer> = {
      '/send': (send) => this.#send(send),
      '/typing': (typing) => this.#typing(typing),
      '/device': () => this.#deviceProfile(),
      '/validate': (validate) => this.#validate(validate),
    };
    // FONNTE takes `…/send/` too.
    const answer = answers[call.path === '/send/' ? '/send' : call.path];
    if (call.method !== 'POST' || !answer)
      return { status: 404, body: '<html><body><h1>404 Not Found</h1></body></html>' };
    if (call.headers.authorization !== this.token)
      return { status: 200, body: { reason: 'invalid token', status: false } };
    return answer(call);
  }

  #send(call: Call): Answer {
    const fields = formFields(call);
    if (!fields) return { status: 200, body: { status: false, reason: 'invalid/empty body value' } };
    const { target = '', message = '', url = '', connectOnly = 'true', inboxid } = fields;
    const hasMessage = message !== '' || url !== '' || (fields.location ?? '') !== '';
    if (target === '' || !hasMessage) return this.#refuse('input invalid');
    if (message.length > MAX_MESSAGE_CHARACTERS) return this.#refuse('input invalid');
    if (inboxid !== undefined && !/^[1-9]\d*$/.test(inboxid)) return this.#refuse('input invalid');
    const targets = target.split(',').map((one) => readTarget(one, fields.countryCode ?? COUNTRY_CODE));
    if (targets.some(({ number }) => number === undefined)) return this.#refuse('target input invalid');
    if (!this.connected && connectOnly !== 'false') return this.#refuse('request invalid on disconnected device');
    if (this.quota < targets.length) return this.#refuse('insufficient quota');
    return this.#accept(call, targets, message, inboxid);
  }

  #accept(call: Call, targets: Target[], message: string, inboxid: string | undefined): Answer {
    const requestid = this.#nextRequestId();
    const sent = targets.map(({ number = '', variables }) => {
      this.#id += 1;
      const one: Sent = {
        at: Date.now(),
        target: number,
        message: fill(message, variables),
        id: `${this.#id}`,
        requestid,
        call: call.number,
      };
      return inboxid === undefined ? one : { ...one, inboxid: Number(inboxid) };
    });
    this.quota -= sent.length;
    this.#sends += sent.length;
    if (this.#keepSent > 0) this.sent.push(...sent);
    if (this.sent.length > this.#keepSent) this.sent.splice(0, this.sent.length - this.#keepSent);
    for (const one of sent) for (const listener of this.#sentListeners) listener(one);
    const id = sent.map((one) => one.id);
    const target = sent.map((one) => one.target);
    return {
      status: 200,
      body: { detail: 'success! message in queue', id, process: 'pending', requestid, status: true, target },
    };
  }

  #typing(call: Call): Answer {
    const fields = formFields(call);
    if (!fields?.target) return this.#refuse('input invalid');
    if (!this.connected) return this.#refuse('request invalid on disconnected device');
    return { status: 200, body: { detail: 'success! typing', requestid: this.#nextRequestId(), status: true } };
  }

  #deviceProfile(): Answer {
    return {
      status: 200,
      body: {
        device: this.device,
        device_status: this.connected ? 'connect' : 'disconnect',
        expired: this.expired,
        messages: this.#sends,
        name: 'SAPA sandbox',
        package: this.package,
        quota: `${this.quota}`,
        status: true,
      },
    };
  }

  #validate(call: Call): Answer {
    const fields = formFields(call);
    if (!fields?.target) return this.#refuse('input invalid');
    if (!this.connected) return this.#refuse('request invalid on disconnected device');
    const numbers = fields.target
      .split(',')
      .map((one) => readTarget(one, fields.countryCode ?? COUNTRY_CODE).number ?? one.trim());
    const isRegistered = (number: string) => /^[1-9]\d{7,14}$/.test(number) && !this.unregistered.has(number);
    const not_registered = numbers.filter((number) => !isRegistered(number));
    return { status: 200, body: { not_registered, registered: numbers.filter(isRegistered), status: true } };
  }

  #refuse(reason: string): Answer {
    return { status: 200, body: { reason, requestid: this.#nextRequestId(), status: false } };
  }

  #nextRequestId(): number {
    this.#requestId += 1;
    return this.#requestId;
  }
}

/** The fields of an urlencoded call; undefined for any other: FONNTE refuses JSON now and then, here always. */
function formFields(call: Call): Record<string, string | undefined> | undefined {
  const isForm = (call.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return isForm ? (call.body as Record<string, string>) : undefined;
}

/** Starts a FONNTE stand-in on loopback. */
export async function startFonnte(options: FonnteOptions = {}): Promise<FonnteStandIn> {
  return new FonnteStandIn(options).open();
}
