import { connect } from 'node:net'

/** Sends commands on a connection of its own and gives all that is answered, in the words of the protocol. */
export async function askRedis(url: string, ...commands: string[]): Promise<string> {
  const { hostname, port, password } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write([`AUTH ${password}`, ...commands, 'QUIT', ''].join('\r\n'))
  let answer = ''
  for await (const data of socket) answer += String(data)
  return answer
}
