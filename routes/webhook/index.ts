import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { parseList } from '../../src/config/schema.ts';
import {
  InboxUnavailable,
  InvalidMessage,
  MessageTooLong,
  NotApproved,
  NotLinked,
  RateLimited,
  StoreUnavailable,
} from '../../src/errors.ts';
import { maskedContext, type Outcome } from '../../src/events.ts';
import { type InboundMessage, parseWebhook, readCallTime } from '../../src/fonnte/inbound.ts';
import { normalizePhone } from '../../src/phone.ts';
import type { Notice } from '../../src/store/types.ts';
import type { Fingerprint } from '../../src/types.ts';
import { ErrorResponse, errorResponses } from '../schemas.ts';
import { parseWebhookBodies } from './body-parser.ts';
import { WebhookBody, WebhookQuery, WebhookResponse } from './schemas.ts';

/** How long a look-up may hold up an acknowledgement, ms; after it the message is identified in its turn. */
const IDENTIFY_WITHIN_MS = 2_000;
const MINUTE_MS = 60_000;

type Refusal = { error: Error & { code: Outcome }; notice: Notice | null; markedAsSeen: boolean };

/** FONNTE's webhook: each call is read, checked, identified, stored, and only then acknowledged. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, inbox, users, notices, conversations, events, whatsapp, clockCheck, now } = app;
  const perMinute = config.RATE_LIMIT_PER_MINUTE;
  const devices = parseList(config.FONNTE_DEVICES).flatMap((device) => normalizePhone(device) ?? []);
  parseWebhookBodies(app);

  app.get('/webhook/whatsapp', { schema: checkSchema }, async () => ({ status: 'ok' as const }));

  const options = {
    schema: callSchema,
    preValidation: app.requireGenuine,
    validatorCompiler: () => () => true,
  };
  app.post('/webhook/whatsapp', options, async (request, reply) => {
    const seq = inbox.nextSequence();
    const call = parseWebhook(request.body, { now: now(), devices });
    clockCheck.compare(readCallTime(request.body));
    if (call.kind === 'invalid') throw new InvalidMessage();
    if (call.kind === 'ignored') {
      const { reason, device, delivery } = call;
      if (device) whatsapp.setDeviceStatus(device);
      if (device) events.emit({ type: 'device.status', status: device });
      if (delivery) events.emit({ type: 'delivery.status', status: delivery });
      events.emit({ type: 'webhook.ignored', reason });
      return { success: true as const, status: 'ignored' as const, reason };
    }
    const { message, fingerprint } = call;
    if (fingerprint.ttl === 'until-acknowledged') settleWhenOut(fingerprint, reply);
    const context = maskedContext(message.sender, { requestId: request.id });
    const status = await events.runWithContext(context, () => take(seq, message, fingerprint));
    return { success: true as const, status };
  });

  /** Accepts a message or says why not, in the order of product.md's table. */
  async function take(
    seq: number,
    message: InboundMessage,
    fingerprint: Fingerprint,
  ): Promise<'accepted' | 'duplicate'> {
    const { sender } = message;
    const receivedAt = now();
    const isTooLong = hasMoreCharacters(message.text, config.MAX_MESSAGE_LENGTH);
    const known = users.known(sender);
    // What will be accepted is looked for among the seen as it is stored; everything else must be before.
    const isWelcome = known?.user && !isTooLong;
    if (!isWelcome && (await inbox.hasFingerprint(fingerprint))) return duplicate();
    const identity = known ?? (await users.identifyWithin(sender, IDENTIFY_WITHIN_MS));
    const userId = identity?.user?.id ?? null;
    const maybeUser = identity === null || identity.user !== null;
    const rateLimited = (): Refusal => ({
      error: new RateLimited(),
      notice: maybeUser ? notices.rateLimited(sender, userId) : null,
      markedAsSeen: false,
    });
    const refuse = async ({ error, notice, markedAsSeen }: Refusal) => {
      const seen = markedAsSeen ? fingerprint : null;
      const queued = await inbox.refuse({ seq, sender, code: error.code, fingerprint: seen, notice, at: receivedAt });
      if (queued === 'duplicate') return duplicate();
      if (queued === 'queued') conversations.notify(sender, receivedAt);
      events.emit({ type: 'message.refused', code: error.code, notice: queued });
      throw error;
    };

    if (isTooLong || identity?.refusal) {
      // Too many comes before either; whoever is accepted is counted as they are.
      if ((await inbox.acceptedSince(sender, receivedAt - MINUTE_MS)) >= perMinute) return refuse(rateLimited());
    }
    if (isTooLong) {
      const notice = maybeUser ? notices.tooLong(sender, userId) : null;
      return refuse({ error: new MessageTooLong(), notice, markedAsSeen: true });
    }
    if (identity?.refusal) {
      const error = identity.refusal === 'not-linked' ? new NotLinked() : new NotApproved();
      return refuse({ error, notice: notices.refused(identity.refusal, sender), markedAsSeen: true });
    }
    const owner = identity ? userId : await lastOwner(sender);
    const acceptance = await inbox
      .accept({ ...message, seq, userId: owner, receivedAt }, fingerprint, perMinute)
      .catch(async (error: unknown) => {
        // A store that can't be written may still know that this call was taken before.
        if (error instanceof StoreUnavailable && (await inbox.hasFingerprint(fingerprint))) return 'duplicate' as const;
        throw error;
      });
    if (acceptance === 'duplicate') return duplicate();
    if (acceptance === 'rate-limited') return refuse(rateLimited());
    if (acceptance === 'full') {
      events.emit({ type: 'message.refused', code: 'INBOX_UNAVAILABLE', notice: 'none' });
      throw new InboxUnavailable();
    }
    conversations.notify(sender, receivedAt);
    events.emit({ type: 'message.accepted', seq, waitedForIdentity: identity === null });
    return 'accepted';
  }

  /** A message that can't be identified now belongs to whoever last had the number; null: nobody is known. */
  async function lastOwner(sender: string): Promise<string | null> {
    const identity = users.lastKnown(sender);
    return identity ? (identity.user?.id ?? null) : await inbox.lastOwner(sender);
  }

  function duplicate(): 'duplicate' {
    events.emit({ type: 'message.duplicate' });
    return 'duplicate';
  }

  /** FONNTE repeats what it did not see answered 200; once a 200 is out, the same call again is a new message. */
  function settleWhenOut({ key }: Fingerprint, reply: FastifyReply): void {
    reply.raw.once('finish', () => {
      if (reply.statusCode !== 200 || reply.raw.destroyed) return;
      inbox
        .releaseFingerprint(key)
        .catch(() => events.emit({ type: 'store.failed', operation: 'settle', code: 'not-settled' }));
    });
  }
};

/** Counts characters, of which an emoji is one or more, never halves of them. */
function hasMoreCharacters(text: string, max: number): boolean {
  return text.length > max && [...text].length > max;
}

const checkSchema = {
  operationId: 'checkWebhook',
  summary: "FONNTE's check of the URL",
  tags: ['webhook'],
  response: {
    200: Type.Object({ status: Type.Literal('ok') }, { description: 'the webhook is here' }),
    ...errorResponses(500, 503),
  },
};

const callSchema = {
  operationId: 'receiveCall',
  summary: 'A message or an event from FONNTE',
  tags: ['webhook'],
  security: [{ webhookSecret: [] }, { webhookHeader: [] }, { webhookSignature: [] }],
  consumes: ['application/json', 'application/x-www-form-urlencoded'],
  body: WebhookBody,
  querystring: WebhookQuery,
  response: {
    200: WebhookResponse,
    ...errorResponses(413, 415, 500),
    400: ErrorResponse(400, 'not readable, no message, or too long: INVALID_BODY, INVALID_MESSAGE, MESSAGE_TOO_LONG'),
    401: ErrorResponse(401, 'no right secret or signature: UNAUTHORIZED'),
    403: ErrorResponse(403, 'not for this number or address: NOT_LINKED, NOT_APPROVED, FORBIDDEN_ADDRESS'),
    429: ErrorResponse(429, 'too many messages, or failed calls: RATE_LIMITED, TOO_MANY_FAILED_CALLS'),
    503: ErrorResponse(503, 'not stored, so FONNTE must repeat it: INBOX_UNAVAILABLE'),
  },
};

export default routes;
