// An HTTP handler in JavaScript: /hello answers itself, /echo gives the body back, /proxy?URL asks another server.
addEventListener('fetch', (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const url = new URL(request.url);
  if (url.pathname === '/hello') {
    return new Response(`hello from ${request.method} ${url.search}`, { headers: { 'x-answer': 'yes' } });
  }
  if (url.pathname === '/echo') {
    return new Response(await request.text(), { status: 201 });
  }
  if (url.pathname === '/proxy') {
    const upstream = await fetch(decodeURIComponent(url.search.slice(1)));
    return new Response('upstream said: ' + (await upstream.text()), { status: upstream.status });
  }
  return new Response('nothing here', { status: 404 });
}
