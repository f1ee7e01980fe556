# Waits inside a sandbox for a job on descriptor 6, and becomes that program. Its words are those of job-message.ts.
lambda do
  ready = IO.for_fd(7, 'wb')
  ready.write('R')
  ready.close
  job = IO.for_fd(6, 'rb')
  data = job.read
  job.close
  entry = path = ''
  args = []
  position = 0
  while position < data.bytesize
    line_end = data.index("\n", position)
    kind, size = data.byteslice(position...line_end).split(' ')
    value = data.byteslice(line_end + 1, size.to_i)
    position = line_end + 1 + size.to_i
    text = value.dup.force_encoding('UTF-8')
    case kind
    when 'path' then path = "/box/#{text}"
    when 'arg' then args << text
    when 'entry' then entry = "/box/#{text}"
    when 'text'
      folder = ''
      path.split('/')[1..-2].each { |part| Dir.exist?(folder += "/#{part}") || Dir.mkdir(folder) }
      File.binwrite(path, value)
    end
  end
  $stdout.sync = true
  ARGV.replace(args)
  $PROGRAM_NAME = entry
  after_end = data.b =~ /^__END__\r?\n/ && File.binread(entry) =~ /^__END__\r?\n/ && $~.end(0)
  Object.const_set(:DATA, File.open(entry).tap { |file| file.seek(after_end) }) if after_end
end.call

begin
  load $PROGRAM_NAME
rescue SystemExit, SignalException
  raise
rescue Exception => error
  # Told as the interpreter would, without the frames of this file.
  own = error.backtrace&.reject { |line| line.start_with?(__FILE__) }
  error.set_backtrace(own) if own
  raise
end
