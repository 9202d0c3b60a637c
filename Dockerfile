# The service compiled, with what it needs to run and no more. Built and run: docker compose up --build
ARG NODE=node:26.10.0-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY plugins plugins
COPY routes routes
RUN npm run build

# The image brings its own Node: the pinned one of `optionalDependencies` is removed. Other optional packages are native parts of
# required ones.
FROM ${NODE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/node-bin-*

FROM ${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 WHATSAPP_SERVER_PORT=3003 DATA_DIR=/data
WORKDIR /app
COPY package.json node-version.cjs ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# A named volume takes its owner and mode from here.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 3003
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.WHATSAPP_SERVER_PORT + '/api/health', { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "-r", "./node-version.cjs", "dist/src/server.js"]
