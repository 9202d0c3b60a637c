import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { parseDeviceNumbers } from '../../src/config/schema.ts';
import { toConversationKey } from '../../src/conversation-key.ts';
import {
  InboxUnavailable,
  InvalidMessage,
  MessageTooLong,
  NotApproved,
  NotLinked,
  RateLimited,
} from '../../src/errors.ts';
import { maskedContext } from '../../src/events.ts';
import { type IgnoredWebhook, parseWebhook } from '../../src/fonnte/parse-webhook.ts';
import { one } from '../../src/store/types.ts';
import type { Fingerprint } from '../../src/types.ts';
import { ErrorResponse, errorResponses } from '../schemas.ts';
import { parseWebhookBodies } from './body-parser.ts';
import { WebhookBody, WebhookQuery, WebhookResponse } from './schemas.ts';

/** The error response of each reason for which a message is not accepted. */
const REFUSALS = {
  RATE_LIMITED: RateLimited,
  MESSAGE_TOO_LONG: MessageTooLong,
  NOT_LINKED: NotLinked,
  NOT_APPROVED: NotApproved,
  INBOX_UNAVAILABLE: InboxUnavailable,
};

/** FONNTE's webhook: parses and authenticates a call; the conversation service decides about a message. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, store, conversations, events, fonnte, now } = app;
  const devices = parseDeviceNumbers(config);
  const requiresDevice = fonnte.devices[0].number !== null;
  parseWebhookBodies(app);

  app.get('/webhook/whatsapp', { schema: checkSchema }, async () => ({ status: 'ok' as const }));

  const options = { schema: callSchema, preValidation: app.verifyWebhook, validatorCompiler: () => () => true };
  app.post('/webhook/whatsapp', options, async (request, reply) => {
    const { device, sentAt, content } = parseWebhook(request.body, { now: now(), devices, requiresDevice });
    fonnte.clockCheck.compare(sentAt);
    if (content.kind === 'invalid') throw new InvalidMessage();
    const receiver = fonnte.receiverOf(device);
    if (content.kind === 'ignored') {
      handleEvent(content, receiver);
      return { success: true as const, status: 'ignored' as const, reason: content.reason };
    }
    const { fingerprint } = content;
    const message = { ...content.message, sender: toConversationKey(content.message.sender, receiver.number) };
    if (fingerprint.ttl === 'until-acknowledged') releaseFingerprintAfterResponse(fingerprint, reply);
    const context = maskedContext(message.sender, { requestId: request.id });
    const result = await events.runWithContext(context, () => conversations.accept(message, fingerprint));
    if (result !== 'accepted' && result !== 'duplicate') throw new REFUSALS[result]();
    return { success: true as const, status: result };
  });

  function handleEvent(
    { reason, device, delivery }: IgnoredWebhook,
    receiver: ReturnType<typeof fonnte.receiverOf>,
  ): void {
    if (device) {
      receiver.setDeviceStatus(device);
      events.emit({ type: 'device.status', ...receiver.label, status: device });
    }
    if (delivery) events.emit({ type: 'delivery.status', status: delivery });
    events.emit({ type: 'webhook.ignored', reason });
  }

  /** FONNTE repeats a call whose 200 it did not receive; after a 200 was sent, the same call is a new message. */
  function releaseFingerprintAfterResponse({ key }: Fingerprint, reply: FastifyReply): void {
    reply.raw.once('finish', () => {
      if (reply.statusCode !== 200 || reply.raw.destroyed) return;
      one(store.inbox.releaseFingerprint([key])).catch(() =>
        events.emit({ type: 'store.failed', operation: 'release fingerprint', code: 'not-released' }),
      );
    });
  }
};

const checkSchema = {
  operationId: 'checkWebhook',
  summary: "FONNTE's check of the URL",
  tags: ['webhook'],
  response: {
    200: Type.Object({ status: Type.Literal('ok') }, { description: 'the webhook is available' }),
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
