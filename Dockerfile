# One image a service: docker build --build-arg APP=event-router --tag cepro-webhooks/event-router .
# All of them, and the console's: npm run images.
FROM node:24-bookworm-slim AS manifests
WORKDIR /src
COPY apps apps
COPY libs libs
# What is installed depends on these alone, so a change of the sources does not install anything anew.
RUN find apps libs -type f ! -name package.json -delete

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY --from=manifests /src ./
# No optional packages: they are the runtime and the servers for development, which an image gets elsewhere.
RUN npm ci --omit=optional --ignore-scripts --loglevel=error
COPY . .
# All of them at once: the images that are built one after the other share it.
RUN node_modules/.bin/tsc -b apps/*/tsconfig.build.json
ARG APP
RUN node tools/images/inside/assemble.mjs ${APP} /image

FROM node:24-bookworm-slim
ARG APP
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cepro-webhooks/${APP}" \
  org.opencontainers.image.description="CE Pro Webhooks: ${APP}" \
  org.opencontainers.image.vendor="CE Pro" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# The heap may take three quarters of the container's memory limit, whatever that is; the rest is for buffers and code.
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size-percentage=75
WORKDIR /app/apps/${APP}
COPY --from=build /image/app /app
# Owned by the user, so that it can write to what is mounted over them.
COPY --from=build --chown=1000:1000 /image/volumes /volumes
# The user node, as a number: Kubernetes can tell that it is not root.
USER 1000:1000
# Ready, not merely alive: Docker restarts nothing for it, and whoever waits for a service waits for this. Patient, for a busy machine.
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=6 CMD ["node", "/app/healthy.mjs"]
# Node is process 1. It takes signals itself, and from the first moment on.
ENTRYPOINT ["node", "--enable-source-maps", "--import=/app/signals.mjs"]
CMD ["dist/main.js"]
