# One image a service: docker build --build-arg APP=event-router --tag cepro-webhooks/event-router .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc nx.json tsconfig.base.json ./
COPY apps apps
COPY libs libs
# No optional packages: they are the runtime and the servers for development, which this image gets elsewhere.
RUN npm ci --omit=optional --ignore-scripts --loglevel=error
ARG APP
RUN npx tsc -b apps/${APP}/tsconfig.build.json
RUN npm prune --omit=dev --omit=optional --ignore-scripts --loglevel=error

FROM node:24-bookworm-slim
ARG APP
ENV NODE_ENV=production
WORKDIR /src/apps/${APP}
COPY --from=build --chown=root:root /src /src
USER node
CMD ["node", "--enable-source-maps", "dist/main.js"]
