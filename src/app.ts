import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import alerts from '../plugins/alerts.ts';
import authentication from '../plugins/authentication.ts';
import charts from '../plugins/charts.ts';
import config, { type ConfigOptions } from '../plugins/config.ts';
import consoleState from '../plugins/console.ts';
import conversation from '../plugins/conversation.ts';
import docs from '../plugins/docs.ts';
import errors from '../plugins/errors.ts';
import fonnte from '../plugins/fonnte.ts';
import gemini from '../plugins/gemini.ts';
import health from '../plugins/health.ts';
import lifecycle from '../plugins/lifecycle.ts';
import metrics from '../plugins/metrics.ts';
import security from '../plugins/security.ts';
import session from '../plugins/session.ts';
import spreadsheets from '../plugins/spreadsheets.ts';
import store from '../plugins/store.ts';
import supabase from '../plugins/supabase.ts';
import conversationRoutes from '../routes/admin/conversations.ts';
import deadLetterRoutes from '../routes/admin/dead-letters.ts';
import pauseRoutes from '../routes/admin/pause.ts';
import sendRoutes from '../routes/admin/send.ts';
import consoleRoutes from '../routes/console/index.ts';
import consoleStreamRoutes from '../routes/console/stream.ts';
import docsRoutes from '../routes/docs.ts';
import healthRoutes from '../routes/health.ts';
import metricsRoutes from '../routes/metrics.ts';
import webhookRoutes from '../routes/webhook/index.ts';
import { appOptions } from './app-options.ts';

/** The application, ready to listen: plugins in dependency order, then routes. */
export async function buildApp(options: ConfigOptions, server: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ ...appOptions(options.config), ...server })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler);

  await app.register(config, options);
  await app.register(errors);
  await app.register(lifecycle);
  await app.register(security);
  await app.register(authentication);
  await app.register(docs);
  await app.register(store);
  await app.register(session);
  await app.register(supabase);
  await app.register(fonnte);
  await app.register(gemini);
  await app.register(charts);
  await app.register(spreadsheets);
  await app.register(health);
  await app.register(consoleState);
  await app.register(conversation);
  await app.register(metrics);
  await app.register(alerts);

  await app.register(webhookRoutes);
  await app.register(sendRoutes);
  await app.register(healthRoutes);
  await app.register(deadLetterRoutes);
  await app.register(conversationRoutes);
  await app.register(pauseRoutes);
  await app.register(metricsRoutes);
  await app.register(consoleRoutes);
  await app.register(consoleStreamRoutes);
  await app.register(docsRoutes);
  return app;
}
