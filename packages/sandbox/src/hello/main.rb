def greet(name)
  "Hello, #{name}!"
end

%w[world Coderoom].each do |name|
  puts greet(name)
end
