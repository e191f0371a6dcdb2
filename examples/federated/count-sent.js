/** @returns a function that returns how many bytes were sent over a WebSocket since this call. */
export function countSent(socket) {
  const send = socket.send.bind(socket);
  let bytes = 0;
  socket.send = (data) => {
    bytes += data.byteLength;
    send(data);
  };
  return () => bytes;
}
